// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IArrivals} from "./interfaces/IArrivals.sol";
import {IDepository} from "./interfaces/IDepository.sol";
import {IERC1155} from "./interfaces/IERC1155.sol";
import {IERC20} from "./interfaces/IERC20.sol";
import {IERC721} from "./interfaces/IERC721.sol";
import {
    Asset,
    Authorization,
    IGate,
    Permit,
    SignedDeposit,
    TokenKind
} from "./interfaces/IGate.sol";
import {ISignedTransfers} from "./interfaces/ISignedTransfers.sol";
import {ITokenReceiver} from "./interfaces/ITokenReceiver.sol";
import {AssetTransfers} from "./libraries/AssetTransfers.sol";
import {BoundedCalls} from "./libraries/BoundedCalls.sol";
import {DepositSignatures} from "./libraries/DepositSignatures.sol";
import {TokenIds} from "./libraries/TokenIds.sol";
import {TokenTransfers} from "./libraries/TokenTransfers.sol";
import {EntityId, TokenId} from "./types/Ids.sol";

/// @title Gate
/// @notice The Depository's second door: takes in what needs more than a plain deposit, and holds what is
/// not fungible.
/// @dev The lock is the Depository's own, so nothing can be entered in the middle of an arrival, here or there.
contract Gate is IGate, ITokenReceiver {
    /// @dev In the place of the awaited arrival, once its token has called the receive hook.
    bytes32 private constant _SEEN = bytes32(uint256(1));

    bytes4 private constant _ERC165 = 0x01ffc9a7;
    bytes4 private constant _ERC721_RECEIVER = 0x150b7a02;
    bytes4 private constant _ERC1155_RECEIVER = 0x4e2312e0;

    // Named as the interface names it.
    // solhint-disable-next-line immutable-vars-naming
    address public immutable depository;

    mapping(TokenId token => Asset) private _assets;

    /// @inheritdoc IGate
    mapping(address collection => TokenKind) public kindOf;

    /// @inheritdoc IGate
    mapping(address owner => uint256) public depositNonceOf;

    /// @dev The one arrival that is being pulled: whose receive hook is part of the pull. Else 0.
    bytes32 private transient _awaited;

    constructor() {
        depository = msg.sender;
    }

    // ─── Ways in ────────────────────────────────────────────────────────────────────────────────

    /// @inheritdoc IGate
    function depositErc721(EntityId entity, address collection, uint256 id) external {
        bytes memory question = abi.encodeCall(
            IERC721.transferFrom,
            (msg.sender, address(this), id)
        );
        _pull(entity, TokenKind.Erc721, collection, id, 1, question);
    }

    /// @inheritdoc IGate
    function depositErc1155(
        EntityId entity,
        address collection,
        uint256 id,
        uint256 amount
    ) external {
        bytes memory question = abi.encodeCall(
            IERC1155.safeTransferFrom,
            (msg.sender, address(this), id, amount, "")
        );
        _pull(entity, TokenKind.Erc1155, collection, id, amount, question);
    }

    /// @inheritdoc IGate
    function depositWithPermit(
        SignedDeposit calldata item,
        Permit calldata permit,
        bytes calldata signature
    ) external {
        bytes32 domain = IDepository(depository).domainSeparator();
        uint256 expected = depositNonceOf[item.owner];
        DepositSignatures.check(domain, item, expected, signature);
        depositNonceOf[item.owner] = expected + 1;
        emit DepositSigned(item.owner, expected);

        if (permit.v != 0) _permit(item, permit);
        bytes memory question = abi.encodeCall(
            IERC20.transferFrom,
            (item.owner, depository, item.amount)
        );
        IArrivals(depository).bring(item.entity, item.token, item.amount, question);
    }

    /// @inheritdoc IGate
    function depositWithAuthorization(Authorization calldata item) external {
        bytes32 nonce = keccak256(abi.encode(item.entity, item.salt));
        bytes memory question = abi.encodeCall(
            ISignedTransfers.receiveWithAuthorization,
            (
                item.owner,
                depository,
                item.amount,
                item.validAfter,
                item.validBefore,
                nonce,
                item.v,
                item.r,
                item.s
            )
        );
        IArrivals(depository).bring(item.entity, item.token, item.amount, question);
    }

    /// @inheritdoc ITokenReceiver
    function onERC721Received(
        address,
        address,
        uint256 id,
        bytes calldata data
    ) external returns (bytes4) {
        _receive(TokenKind.Erc721, id, 1, data);
        return ITokenReceiver.onERC721Received.selector;
    }

    /// @inheritdoc ITokenReceiver
    function onERC1155Received(
        address,
        address,
        uint256 id,
        uint256 amount,
        bytes calldata data
    ) external returns (bytes4) {
        _receive(TokenKind.Erc1155, id, amount, data);
        return ITokenReceiver.onERC1155Received.selector;
    }

    /// @inheritdoc ITokenReceiver
    function onERC1155BatchReceived(
        address,
        address,
        uint256[] calldata ids,
        uint256[] calldata amounts,
        bytes calldata data
    ) external returns (bytes4) {
        require(ids.length == amounts.length, DataInvalid(amounts.length));
        for (uint256 i; i < ids.length; ++i) {
            _receive(TokenKind.Erc1155, ids[i], amounts[i], data);
        }
        return ITokenReceiver.onERC1155BatchReceived.selector;
    }

    // ─── The way out ────────────────────────────────────────────────────────────────────────────

    /// @inheritdoc IGate
    function release(TokenId token, address to, uint256 amount) external {
        require(msg.sender == depository, NotDepository(msg.sender));
        Asset storage asset = _assets[token];
        // Whatever is in a reserve is held: it came by {_credit}, and leaves here.
        asset.held -= amount;
        AssetTransfers.push(token, asset, to, amount);
    }

    // ─── Views ──────────────────────────────────────────────────────────────────────────────────

    /// @inheritdoc IGate
    function assetOf(TokenId token) external view returns (Asset memory) {
        return _assets[token];
    }

    /// @inheritdoc IGate
    function tokenIdOf(
        TokenKind kind,
        address collection,
        uint256 id
    ) external pure returns (TokenId) {
        return TokenIds.ofAsset(uint8(kind), collection, id);
    }

    /// @inheritdoc ITokenReceiver
    function supportsInterface(bytes4 interfaceId) external pure returns (bool) {
        return
            interfaceId == _ERC165 ||
            interfaceId == _ERC721_RECEIVER ||
            interfaceId == _ERC1155_RECEIVER;
    }

    // ─── Inside ─────────────────────────────────────────────────────────────────────────────────

    /// @dev Asks the token to bring `amount` here, and credits what came.
    function _pull(
        EntityId entity,
        TokenKind kind,
        address collection,
        uint256 id,
        uint256 amount,
        bytes memory question
    ) private {
        (TokenId token, Asset storage asset) = _begin(entity, kind, collection, id);
        uint256 before = AssetTransfers.holding(asset);
        _awaited = _arrival(collection, kind, id, amount);
        (bool ok, , ) = BoundedCalls.write(collection, 0, TokenTransfers.TRANSFER_GAS, question);
        require(ok, IDepository.TransferFailed(token, address(this), amount));
        _awaited = 0;
        uint256 afterwards = AssetTransfers.holding(asset);
        require(afterwards > before, IDepository.NothingArrived(token, amount));
        _credit(entity, token, asset, afterwards - before, afterwards);
    }

    /// @dev Sent straight here, and credited; or the hook of the arrival that is being pulled, which is
    /// credited when the pull is over.
    function _receive(TokenKind kind, uint256 id, uint256 amount, bytes calldata data) private {
        if (_awaited != 0) {
            bool isAwaited = _awaited == _arrival(msg.sender, kind, id, amount);
            require(isAwaited, IDepository.Reentered());
            _awaited = _SEEN;
            return;
        }
        require(data.length == 32, DataInvalid(data.length));
        EntityId entity = EntityId.wrap(bytes32(data));
        (TokenId token, Asset storage asset) = _begin(entity, kind, msg.sender, id);
        _credit(entity, token, asset, amount, AssetTransfers.holding(asset));
    }

    /// @dev Takes the lock, and sees to it that the contract keeps its kind.
    function _begin(
        EntityId entity,
        TokenKind kind,
        address collection,
        uint256 id
    ) private returns (TokenId token, Asset storage asset) {
        // Nobody could take it out of the reserve of nobody, and an empty word is soon written.
        require(EntityId.unwrap(entity) != 0, EntityMissing());
        IArrivals(depository).beginArrival();

        TokenKind first = kindOf[collection];
        if (first == TokenKind.Ether) kindOf[collection] = kind;
        else require(first == kind, KindWrong(collection, kind, first));

        token = TokenIds.ofAsset(uint8(kind), collection, id);
        asset = _assets[token];
        if (asset.collection == address(0)) {
            (asset.kind, asset.collection, asset.id) = (kind, collection, id);
            emit AssetNamed(token, kind, collection, id);
        }
    }

    /// @dev Holds what is promised in all against what is there: so a token that calls the hook twice for one
    /// arrival, or for none, is refused, whatever it says.
    function _credit(
        EntityId entity,
        TokenId token,
        Asset storage asset,
        uint256 amount,
        uint256 holding
    ) private {
        require(amount != 0, IDepository.AmountZero());
        uint256 held = asset.held;
        require(
            holding >= held && holding - held >= amount,
            IDepository.NothingArrived(token, amount)
        );
        // At most `holding`.
        unchecked {
            asset.held = held + amount;
        }
        IArrivals(depository).endArrival(entity, token, amount);
    }

    /// @dev Whether it fails is of no interest: a permit that was used already has left its allowance.
    function _permit(SignedDeposit calldata item, Permit calldata permit) private {
        bytes memory question = abi.encodeCall(
            ISignedTransfers.permit,
            (item.owner, depository, permit.amount, permit.deadline, permit.v, permit.r, permit.s)
        );
        address token = TokenIds.addressOf(item.token);
        BoundedCalls.write(token, 0, TokenTransfers.TRANSFER_GAS, question);
    }

    function _arrival(
        address collection,
        TokenKind kind,
        uint256 id,
        uint256 amount
    ) private pure returns (bytes32) {
        return keccak256(abi.encode(collection, kind, id, amount));
    }
}
