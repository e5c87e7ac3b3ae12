// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {EntityId, TokenId} from "../types/Ids.sol";
import {ChannelState, Collateral, Debt, IDepository} from "./IDepository.sol";

/// @notice One token of an entity, outside of its channels.
/// @param debt What it owes in all.
/// @param debtHead The place in its queue of the first of `debts`.
/// @param debtTail The place behind the last entry of the queue.
/// @param debts The oldest of them; what was forgiven stands there with amount 0.
struct TokenPosition {
    TokenId token;
    uint256 reserve;
    uint256 debt;
    uint256 debtHead;
    uint256 debtTail;
    Debt[] debts;
}

/// @notice One channel of an entity.
/// @param isLeft Whether the entity is its left side.
/// @param state Its nonce, and its dispute if one is open: `deadline` is not 0.
/// @param holdings Collateral and `ondelta` of each token that was asked for, in that order.
struct ChannelPosition {
    EntityId peer;
    bool isLeft;
    ChannelState state;
    Collateral[] holdings;
}

/// @notice All that a Depository knows of an entity, in some tokens and with some peers.
/// @param timestamp Unix seconds of the block that it is read at: deadlines are held against it.
struct Position {
    uint256 timestamp;
    uint64 batchNonce;
    TokenPosition[] tokens;
    ChannelPosition[] channels;
}

/// @title ILens
/// @notice Reads many things of a Depository in one call. Stores nothing, and serves every Depository.
interface ILens {
    /// @notice The position of `entity`, in `tokens` and with `peers`, as of one block.
    /// @dev Reverts with {IDepository.LeftNotBelowRight} when the entity itself is among the peers.
    /// @param debtsMax How many debts to show of each token.
    function positionOf(
        IDepository depository,
        EntityId entity,
        TokenId[] calldata tokens,
        EntityId[] calldata peers,
        uint256 debtsMax
    ) external view returns (Position memory);
}
