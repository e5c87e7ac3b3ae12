// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IDepository} from "./interfaces/IDepository.sol";
import {IERC1155} from "./interfaces/IERC1155.sol";
import {IEntityProvider} from "./interfaces/IEntityProvider.sol";
import {Allotment, IShares, Source} from "./interfaces/IShares.sol";
import {Digests} from "./libraries/Digests.sol";
import {Dividends} from "./libraries/Dividends.sol";
import {EntitySignatures} from "./libraries/EntitySignatures.sol";
import {Pots} from "./libraries/Pots.sol";
import {ShareBook} from "./libraries/ShareBook.sol";
import {ShareIds} from "./libraries/ShareIds.sol";
import {ShareReceivers} from "./libraries/ShareReceivers.sol";
import {ShareVotes} from "./libraries/ShareVotes.sol";
import {Equity, Pot, Terms, Vote} from "./types/Equity.sol";
import {EntityId} from "./types/Ids.sol";

/// @title Shares
/// @notice The shares of registered entities, as an ERC-1155; part of the {EntityProvider}, which creates it.
/// @dev A contract of its own, so that both stay below what a chain takes, and that the EntityProvider is
/// called back by nobody. Nobody owns it; only the EntityProvider can end an election.
///
/// The ERC-1155 is our own: what somebody has is a history, by which dividends go, and may be locked; a
/// library's plain balances would stand beside that and say the same thing twice.
///
/// Calls receivers of shares and the Depository that the caller names, always last.
contract Shares is IShares, IERC1155 {
    bytes32 private constant _ARTICLES_TYPEHASH = keccak256(
        "Articles(bytes32 entityId,uint64 delay,Allotment[] allotments,uint64 validUntil)"
        "Allotment(address to,uint64 control,uint64 dividend)"
    );
    bytes32 private constant _ALLOTMENT_TYPEHASH = keccak256(
        "Allotment(address to,uint64 control,uint64 dividend)"
    );

    bytes4 private constant _YES = 0x1626ba7e;
    bytes4 private constant _NO = 0xffffffff;

    /// @dev `gate()`: the contract that holds tokens for a Depository which does not hold them itself.
    bytes4 private constant _GATE = 0x7a0ebc88;

    bytes4 private constant _ERC165_ID = 0x01ffc9a7;
    bytes4 private constant _ERC1155_ID = 0xd9b67a26;
    bytes4 private constant _ERC1155_METADATA_ID = 0x0e89341c;

    IEntityProvider private immutable _PROVIDER = IEntityProvider(msg.sender);

    Equity private _equity;

    /// @dev What the pots' member says yes to, while a dividend is being paid.
    bytes32 private transient _payment;

    // ─── Articles and votes ─────────────────────────────────────────────────────────────────────

    /// @inheritdoc IShares
    function issue(
        EntityId entity,
        uint64 delay,
        Allotment[] calldata allotments,
        uint64 validUntil,
        bytes calldata signature
    ) external {
        require(block.timestamp <= validUntil, ArticlesExpired(validUntil, block.timestamp));
        _requireSigned(entity, _digestOf(entity, delay, allotments, validUntil), signature);
        require(_equity.terms[entity].issuedAt == 0, SharesIssuedBefore(entity));
        require(
            delay >= ShareVotes.DELAY_MIN && delay <= ShareVotes.DELAY_MAX,
            DelayInvalid(delay)
        );
        Terms memory terms = _termsFor(delay, allotments);
        _equity.terms[entity] = terms;
        emit SharesIssued(entity, delay, terms.control, terms.dividend);
        _issue(entity, allotments);
    }

    /// @inheritdoc IShares
    function vote(EntityId entity, bytes32 boardHash, uint64 shares) external {
        uint256 balance = balanceOf(msg.sender, ShareIds.control(entity));
        ShareVotes.cast(_equity, _PROVIDER, entity, boardHash, msg.sender, shares, balance);
    }

    /// @inheritdoc IShares
    function conclude(EntityId entity) external returns (bytes32 boardHash, uint64 nextFrom) {
        require(msg.sender == address(_PROVIDER), NotTheProvider(msg.sender));
        return ShareVotes.conclude(_equity, entity);
    }

    // ─── Dividends ──────────────────────────────────────────────────────────────────────────────

    /// @inheritdoc IShares
    function reportDividend(Source calldata source) external returns (uint128 total) {
        return Dividends.report(_equity, source);
    }

    /// @inheritdoc IShares
    function takeDividend(
        Source calldata source,
        address holder,
        EntityId to,
        uint256 changes
    ) external returns (uint256 amount) {
        EntityId pot = Pots.idOf(source.entity);
        require(
            holder == msg.sender || (to == pot && _isCustody(source.depository, holder)),
            NotTheHolder(holder)
        );
        uint128 total = Dividends.report(_equity, source);
        amount = Dividends.draw(_equity, source, holder, total, changes);
        if (amount == 0) return 0;

        uint128 paid = Dividends.potAt(_equity, source).paid;
        emit DividendTaken(
            source.entity,
            source.depository,
            source.token,
            holder,
            to,
            amount,
            paid
        );
        _pay(source, pot, to, amount);
    }

    // ─── ERC-1155 ───────────────────────────────────────────────────────────────────────────────

    /// @inheritdoc IERC1155
    function safeTransferFrom(
        address from,
        address to,
        uint256 id,
        uint256 value,
        bytes calldata data
    ) external {
        _requireTransfer(from, to);
        ShareBook.move(_equity, id, from, to, value);
        emit TransferSingle(msg.sender, from, to, id, value);
        ShareReceivers.ask(from, to, id, value, data);
    }

    /// @inheritdoc IERC1155
    function safeBatchTransferFrom(
        address from,
        address to,
        uint256[] calldata ids,
        uint256[] calldata values,
        bytes calldata data
    ) external {
        _requireTransfer(from, to);
        _requireEqual(ids.length, values.length);
        for (uint256 i; i < ids.length; ++i) {
            ShareBook.move(_equity, ids[i], from, to, values[i]);
        }
        emit TransferBatch(msg.sender, from, to, ids, values);
        ShareReceivers.askBatch(from, to, ids, values, data);
    }

    /// @inheritdoc IERC1155
    function setApprovalForAll(address operator, bool approved) external {
        _equity.operators[msg.sender][operator] = approved;
        emit ApprovalForAll(msg.sender, operator, approved);
    }

    /// @inheritdoc IERC1155
    function balanceOf(address account, uint256 id) public view returns (uint256) {
        return ShareBook.balanceOf(_equity, id, account);
    }

    /// @inheritdoc IERC1155
    function balanceOfBatch(
        address[] calldata accounts,
        uint256[] calldata ids
    ) external view returns (uint256[] memory balances) {
        _requireEqual(ids.length, accounts.length);
        balances = new uint256[](ids.length);
        for (uint256 i; i < ids.length; ++i) balances[i] = balanceOf(accounts[i], ids[i]);
    }

    /// @inheritdoc IERC1155
    function isApprovedForAll(address account, address operator) external view returns (bool) {
        return _equity.operators[account][operator];
    }

    /// @inheritdoc IERC1155
    /// @dev Stands on chain: no server has to live as long as the shares.
    function uri(uint256 id) external pure returns (string memory) {
        return
            ShareIds.isControl(id)
                ? "data:application/json,%7B%22name%22:%22XLN%20control%20share%22,%22decimals%22:0%7D"
                : "data:application/json,%7B%22name%22:%22XLN%20dividend%20share%22,%22decimals%22:0%7D";
    }

    /// @inheritdoc IERC1155
    function supportsInterface(bytes4 interfaceId) external pure returns (bool) {
        return
            interfaceId == _ERC165_ID ||
            interfaceId == _ERC1155_ID ||
            interfaceId == _ERC1155_METADATA_ID;
    }

    // ─── Views ──────────────────────────────────────────────────────────────────────────────────

    /// @inheritdoc IShares
    function entityProvider() external view returns (address) {
        return address(_PROVIDER);
    }

    /// @inheritdoc IShares
    function isValidSignature(bytes32 digest, bytes calldata) external view returns (bytes4) {
        return digest != 0 && digest == _payment ? _YES : _NO;
    }

    /// @inheritdoc IShares
    function termsOf(EntityId entity) external view returns (Terms memory) {
        return _equity.terms[entity];
    }

    /// @inheritdoc IShares
    function voteOf(EntityId entity, address holder) external view returns (Vote memory standing) {
        if (ShareVotes.locked(_equity, entity, holder) != 0) {
            standing = _equity.elections[entity].votes[holder];
        }
    }

    /// @inheritdoc IShares
    function tallyOf(EntityId entity, bytes32 boardHash) external view returns (uint64) {
        return _equity.elections[entity].tallies[_equity.elections[entity].number][boardHash];
    }

    /// @inheritdoc IShares
    function shareholdersDecision(
        EntityId entity
    ) external view returns (bytes32 boardHash, uint64 nextFrom) {
        return (_equity.elections[entity].next, _equity.elections[entity].nextFrom);
    }

    /// @inheritdoc IShares
    function potOf(EntityId entity) external view returns (EntityId) {
        require(_equity.terms[entity].issuedAt != 0, NoShares(entity));
        return Pots.idOf(entity);
    }

    /// @inheritdoc IShares
    function dividendsOf(
        Source calldata source
    ) external view returns (uint128 total, uint128 paid) {
        Pot storage pot = Dividends.potAt(_equity, source);
        return (Dividends.totalOf(pot), pot.paid);
    }

    // ─── Internal ───────────────────────────────────────────────────────────────────────────────

    /// @dev As the EntityProvider wants it of what registered entities decide there.
    function _requireSigned(
        EntityId entity,
        bytes32 digest,
        bytes calldata signature
    ) private view {
        bool isRegistered = uint256(EntityId.unwrap(entity)) <= type(uint64).max;
        require(isRegistered, IEntityProvider.NotRegistered(entity));
        bool isDecided =
            signature.length == 0
                ? _PROVIDER.isSoleMember(entity, msg.sender)
                : _PROVIDER.isValidEntitySignature(entity, digest, signature);
        require(isDecided, IEntityProvider.SignatureInvalid(entity, digest));
    }

    function _digestOf(
        EntityId entity,
        uint64 delay,
        Allotment[] calldata allotments,
        uint64 validUntil
    ) private view returns (bytes32) {
        bytes32[] memory hashes = new bytes32[](allotments.length);
        for (uint256 i; i < hashes.length; ++i) {
            hashes[i] = keccak256(abi.encode(_ALLOTMENT_TYPEHASH, allotments[i]));
        }
        bytes32 all = keccak256(abi.encodePacked(hashes));
        bytes32 typehash = _ARTICLES_TYPEHASH;
        bytes32 structHash = keccak256(abi.encode(typehash, entity, delay, all, validUntil));
        bytes32 domain = _PROVIDER.domainSeparator();
        return keccak256(abi.encodePacked(hex"1901", domain, structHash));
    }

    /// @dev At least one of each kind: a pot that nobody has a share in would keep what it is paid.
    function _termsFor(
        uint64 delay,
        Allotment[] calldata allotments
    ) private view returns (Terms memory) {
        uint256 control;
        uint256 dividend;
        for (uint256 i; i < allotments.length; ++i) {
            control += allotments[i].control;
            dividend += allotments[i].dividend;
        }
        uint256 most = type(uint64).max;
        bool isValid = control != 0 && dividend != 0 && control <= most && dividend <= most;
        require(isValid, SupplyInvalid(control, dividend));
        return Terms(delay, uint64(block.timestamp), uint64(control), uint64(dividend));
    }

    /// @dev Asks no receiver before everybody has what is his.
    function _issue(EntityId entity, Allotment[] calldata allotments) private {
        uint256[] memory ids = new uint256[](2);
        (ids[0], ids[1]) = (ShareIds.control(entity), ShareIds.dividend(entity));
        for (uint256 i; i < allotments.length; ++i) {
            Allotment calldata item = allotments[i];
            require(item.to != address(0), ERC1155InvalidReceiver(address(0)));
            ShareBook.issue(_equity, ids[0], item.to, item.control);
            ShareBook.issue(_equity, ids[1], item.to, item.dividend);
            emit TransferBatch(msg.sender, address(0), item.to, ids, _valuesOf(item));
        }
        for (uint256 i; i < allotments.length; ++i) {
            Allotment calldata item = allotments[i];
            ShareReceivers.askBatch(address(0), item.to, ids, _valuesOf(item), "");
        }
    }

    function _valuesOf(Allotment calldata item) private pure returns (uint256[] memory values) {
        values = new uint256[](2);
        (values[0], values[1]) = (item.control, item.dividend);
    }

    /// @dev Whether the Depository holds tokens at `holder`: at itself, or, if it has one, at its gate. It
    /// speaks for its own pots alone, and what it says moves nothing out of them.
    function _isCustody(address depository, address holder) private view returns (bool) {
        if (holder == depository) return true;
        (bool ok, bytes memory answer) = depository.staticcall(abi.encodeWithSelector(_GATE));
        return ok && answer.length == 32 && bytes32(answer) == bytes32(uint256(uint160(holder)));
    }

    /// @dev A payment counts at this Depository alone, and once: it names the domain and the next nonce.
    function _pay(Source calldata source, EntityId pot, EntityId to, uint256 amount) private {
        IDepository depository = IDepository(source.depository);
        bytes memory batch = Pots.payment(source.token, to, amount);
        uint64 nonce = depository.batchNonce(pot);
        uint64 validUntil = uint64(block.timestamp);
        bytes32 digest = Digests.ofBatch(
            Pots.domainOf(source.depository),
            pot,
            keccak256(batch),
            nonce,
            validUntil
        );
        _payment = EntitySignatures.entityDigest(_PROVIDER.domainSeparator(), pot, digest);
        depository.processBatch(pot, batch, nonce, validUntil, Pots.signature(source.entity));
        _payment = 0;
    }

    function _requireTransfer(address from, address to) private view {
        require(
            from == msg.sender || _equity.operators[from][msg.sender],
            ERC1155MissingApprovalForAll(msg.sender, from)
        );
        require(to != address(0), ERC1155InvalidReceiver(to));
    }

    function _requireEqual(uint256 idsLength, uint256 valuesLength) private pure {
        require(idsLength == valuesLength, ERC1155InvalidArrayLength(idsLength, valuesLength));
    }
}
