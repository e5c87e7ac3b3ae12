// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Shares} from "../../../contracts/Shares.sol";
import {IDepository} from "../../../contracts/interfaces/IDepository.sol";
import {Board, Member} from "../../../contracts/interfaces/IEntityProvider.sol";
import {Allotment, Source} from "../../../contracts/interfaces/IShares.sol";
import {EntityId} from "../../../contracts/types/Ids.sol";
import {DepositoryWorld} from "./DepositoryWorld.sol";
import {Signing} from "./Signing.sol";
import {vm} from "./Vm.sol";

/// @title SharesWorld
/// @notice A registered entity with 100 control and 10 dividend shares, which three people hold; boards of one
/// key each that can follow, a Depository with a token, and time that passes.
abstract contract SharesWorld is DepositoryWorld {
    uint64 internal constant DELAY = 7 days;
    uint64 internal constant BOARD_DELAY = 2 days;
    uint64 internal constant GRACE = 14 days;
    uint256 internal constant ALL_CHANGES = type(uint256).max;

    Shares internal shares;
    EntityId internal company;
    EntityId internal pot;
    uint256 internal controlId;
    uint256 internal dividendId;
    uint256[] internal keys = Signing.keys(77, 4);

    /// @dev They have 40, 35 and 25 control shares, and 5, 3 and 2 dividend shares.
    address internal ann = address(0xa11);
    address internal bob = address(0xb0b);
    address internal cid = address(0xc1d);

    function _createShares() internal {
        _createWorld();
        shares = Shares(provider.shares());
        for (uint256 i; i < keys.length; ++i) provider.checkBoard(_board(i));
        company = provider.register(_board(0));
        controlId = 2 * uint256(EntityId.unwrap(company));
        dividendId = controlId + 1;
        _issue(company, _allotments());
        pot = shares.potOf(company);
        vm.warp(block.timestamp + 1);
    }

    function _allotments() internal view returns (Allotment[] memory made) {
        made = new Allotment[](3);
        made[0] = Allotment(ann, 40, 5);
        made[1] = Allotment(bob, 35, 3);
        made[2] = Allotment(cid, 25, 2);
    }

    function _one(Allotment memory item) internal pure returns (Allotment[] memory made) {
        made = new Allotment[](1);
        made[0] = item;
    }

    /// @dev As the one key of the entity's board of today, which is the first unless it was replaced.
    function _issue(EntityId entity, Allotment[] memory allotments) internal {
        vm.prank(vm.addr(keys[0]));
        shares.issue(entity, DELAY, allotments, uint64(block.timestamp), "");
    }

    // ─── Boards ─────────────────────────────────────────────────────────────────────────────────

    function _board(uint256 key) internal view returns (Board memory board) {
        board = Board(1, new Member[](1));
        board.members[0] = Signing.seat(vm.addr(keys[key]), 1);
    }

    function _hash(uint256 key) internal view returns (bytes32) {
        return Signing.boardHash(_board(key));
    }

    function _vote(address holder, uint256 key, uint64 value) internal {
        bytes32 boardHash = _hash(key);
        vm.prank(holder);
        shares.vote(company, boardHash, value);
    }

    /// @dev The board in office, of key `from`, decides on another.
    function _replace(uint256 from, uint256 to) internal {
        (bytes32 boardHash, uint64 nonce) = (_hash(to), provider.tenureOf(company).nonce);
        vm.prank(vm.addr(keys[from]));
        provider.replaceBoard(company, boardHash, nonce, "");
    }

    function _inOffice(uint256 key) internal view returns (bool) {
        return provider.boardHashOf(company) == _hash(key);
    }

    function _wait(uint256 period) internal {
        vm.warp(block.timestamp + period);
    }

    // ─── Shares and dividends ───────────────────────────────────────────────────────────────────

    function _give(address from, address to, uint256 id, uint256 value) internal {
        vm.prank(from);
        shares.safeTransferFrom(from, to, id, value, "");
    }

    function _source() internal view returns (Source memory) {
        return Source(company, address(depository), tokenId);
    }

    /// @dev Anybody pays in: here from outside, as a deposit; nobody has reported it yet.
    function _payIn(uint256 amount) internal {
        token.mint(address(this), amount);
        depository.deposit(pot, tokenId, amount);
    }

    /// @dev What comes in is shared by those who hold shares now.
    function _share(uint256 amount) internal {
        _wait(1);
        _payIn(amount);
        shares.reportDividend(_source());
    }

    function _take(address holder) internal returns (uint256) {
        EntityId home = _homeOf(holder);
        vm.prank(holder);
        return shares.takeDividend(_source(), holder, home, ALL_CHANGES);
    }

    function _homeOf(address holder) internal view returns (EntityId) {
        return provider.soleEntity(holder);
    }

    function _tookHome(address holder) internal view returns (uint256) {
        return IDepository(depository).reserveOf(_homeOf(holder), tokenId);
    }

    // ─── Digests, written out from EIP-712 ──────────────────────────────────────────────────────

    function _articles(
        EntityId entity,
        uint64 delay,
        Allotment[] memory allotments,
        uint64 validUntil
    ) internal view returns (bytes32) {
        bytes memory all;
        for (uint256 i; i < allotments.length; ++i) {
            bytes32 typehash = keccak256("Allotment(address to,uint64 control,uint64 dividend)");
            all = bytes.concat(all, keccak256(abi.encode(typehash, allotments[i])));
        }
        bytes32 articles = keccak256(
            "Articles(bytes32 entityId,uint64 delay,Allotment[] allotments,uint64 validUntil)"
            "Allotment(address to,uint64 control,uint64 dividend)"
        );
        bytes memory encoded = abi.encode(articles, entity, delay, keccak256(all), validUntil);
        return
            keccak256(abi.encodePacked(hex"1901", provider.domainSeparator(), keccak256(encoded)));
    }
}
