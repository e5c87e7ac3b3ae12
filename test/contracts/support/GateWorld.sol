// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Gate} from "../../../contracts/Gate.sol";
import {
    Batch,
    Funding,
    TopUp,
    Transfer,
    Withdrawal
} from "../../../contracts/interfaces/IDepository.sol";
import {TestErc1155} from "../../../contracts/mocks/TestErc1155.sol";
import {TestErc721} from "../../../contracts/mocks/TestErc721.sol";
import {TrickAsset} from "../../../contracts/mocks/TrickAsset.sol";
import {EntityId, TokenId} from "../../../contracts/types/Ids.sol";
import {Actor, DepositoryWorld} from "./DepositoryWorld.sol";

/// @title GateWorld
/// @notice A Depository with its Gate, two honest collections, and one that does what it is told.
abstract contract GateWorld is DepositoryWorld {
    address internal constant OUTSIDE = address(0xbeef);

    Gate internal gate;
    TestErc721 internal art;
    TestErc1155 internal coins;
    TrickAsset internal trick;

    function _createGateWorld() internal {
        _createWorld();
        gate = Gate(depository.gate());
        (art, coins, trick) = (new TestErc721(), new TestErc1155(), new TrickAsset());
        art.setApprovalForAll(address(gate), true);
        coins.setApprovalForAll(address(gate), true);
    }

    /// @dev By the definition, not by the code under test.
    function _asset(uint8 kind, address collection, uint256 id) internal pure returns (TokenId) {
        uint256 hash = uint256(keccak256(abi.encode(collection, id)));
        return TokenId.wrap(bytes32((uint256(kind) << 248) | ((hash << 8) >> 8)));
    }

    function _art(uint256 id) internal view returns (TokenId) {
        return _asset(2, address(art), id);
    }

    function _coin(uint256 id) internal view returns (TokenId) {
        return _asset(3, address(coins), id);
    }

    function _trick721(uint256 id) internal view returns (TokenId) {
        return _asset(2, address(trick), id);
    }

    function _trick1155(uint256 id) internal view returns (TokenId) {
        return _asset(3, address(trick), id);
    }

    function _depositArt(Actor memory actor, uint256 id) internal {
        art.mint(address(this), id);
        gate.depositErc721(actor.id, address(art), id);
    }

    function _depositCoins(Actor memory actor, uint256 id, uint256 amount) internal {
        coins.mint(address(this), id, amount);
        gate.depositErc1155(actor.id, address(coins), id, amount);
    }

    function _depositTrick(Actor memory actor, uint256 id, uint256 amount) internal {
        trick.mint(address(this), id, amount);
        gate.depositErc1155(actor.id, address(trick), id, amount);
    }

    function _has(Actor memory actor, TokenId id) internal view returns (uint256) {
        return depository.reserveOf(actor.id, id);
    }

    function _withdrawal(
        TokenId id,
        address to,
        uint256 amount
    ) internal pure returns (Batch memory batch) {
        batch.withdrawals = new Withdrawal[](1);
        batch.withdrawals[0] = Withdrawal(id, to, amount);
    }

    /// @dev Skipped, and nothing moved.
    function _skipsWithdrawal(TokenId id, address to, uint256 amount, bytes4 reason) internal {
        (uint256 reserve, uint256 held) = (_has(left, id), gate.assetOf(id).held);
        _runSkipping(left, _withdrawal(id, to, amount), 0, reason);
        require(_has(left, id) == reserve && gate.assetOf(id).held == held, "something moved");
    }

    function _transferOf(
        TokenId id,
        EntityId to,
        uint256 amount
    ) internal pure returns (Batch memory batch) {
        batch.transfers = new Transfer[](1);
        batch.transfers[0] = Transfer(id, to, amount);
    }

    function _fundingOf(
        TokenId id,
        Actor memory receiver,
        Actor memory peer,
        uint128 amount
    ) internal pure returns (Batch memory batch) {
        batch.fundings = new Funding[](1);
        TopUp[] memory topUps = new TopUp[](1);
        topUps[0] = TopUp(peer.id, amount);
        batch.fundings[0] = Funding(id, receiver.id, topUps);
    }

    // The test itself owns what it deposits.

    function onERC721Received(
        address,
        address,
        uint256,
        bytes calldata
    ) external pure returns (bytes4) {
        return 0x150b7a02;
    }

    function onERC1155Received(
        address,
        address,
        uint256,
        uint256,
        bytes calldata
    ) external pure returns (bytes4) {
        return 0xf23a6e61;
    }
}
