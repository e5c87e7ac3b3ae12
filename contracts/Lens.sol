// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Collateral, Debt, IDepository} from "./interfaces/IDepository.sol";
import {ChannelPosition, ILens, Position, TokenPosition} from "./interfaces/ILens.sol";
import {EntityId, TokenId} from "./types/Ids.sol";

/// @title Lens
/// @notice Reads many things of a Depository in one call.
contract Lens is ILens {
    /// @inheritdoc ILens
    function positionOf(
        IDepository depository,
        EntityId entity,
        TokenId[] calldata tokens,
        EntityId[] calldata peers,
        uint256 debtsMax
    ) external view returns (Position memory position) {
        position.timestamp = block.timestamp;
        position.batchNonce = depository.batchNonce(entity);
        position.tokens = new TokenPosition[](tokens.length);
        for (uint256 i; i < tokens.length; ++i) {
            position.tokens[i] = _token(depository, entity, tokens[i], debtsMax);
        }
        position.channels = new ChannelPosition[](peers.length);
        for (uint256 i; i < peers.length; ++i) {
            position.channels[i] = _channel(depository, entity, peers[i], tokens);
        }
    }

    function _token(
        IDepository depository,
        EntityId entity,
        TokenId token,
        uint256 debtsMax
    ) private view returns (TokenPosition memory position) {
        position.token = token;
        position.reserve = depository.reserveOf(entity, token);
        (position.debtHead, position.debtTail, position.debt) = depository.debtsOf(entity, token);
        uint256 count = position.debtTail - position.debtHead;
        if (count > debtsMax) count = debtsMax;
        position.debts = new Debt[](count);
        for (uint256 i; i < count; ++i) {
            position.debts[i] = depository.debtAt(entity, token, position.debtHead + i);
        }
    }

    function _channel(
        IDepository depository,
        EntityId entity,
        EntityId peer,
        TokenId[] calldata tokens
    ) private view returns (ChannelPosition memory position) {
        bool isLeft = entity < peer;
        (EntityId left, EntityId right) = isLeft ? (entity, peer) : (peer, entity);
        (position.peer, position.isLeft) = (peer, isLeft);
        position.state = depository.channelOf(left, right);
        position.holdings = new Collateral[](tokens.length);
        for (uint256 i; i < tokens.length; ++i) {
            position.holdings[i] = depository.collateralOf(left, right, tokens[i]);
        }
    }
}
