// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {EntityId, TokenId} from "../types/Ids.sol";

/// @title IArrivals
/// @notice What the {IGate} calls on its Depository, and nobody else can ({IUndoable.NotSelf}).
interface IArrivals {
    /// @notice Something is about to arrive at the Gate: until {endArrival}, nothing that writes can be entered.
    function beginArrival() external;

    /// @notice Credits what has arrived at the Gate to the reserve of `entity`, and ends the arrival.
    function endArrival(EntityId entity, TokenId token, uint256 amount) external;

    /// @notice Calls an ERC-20 with `question`, which is to bring `amount` to the Depository, and
    /// credits `entity` with what really came.
    /// @param question A transfer that its owner signed for this entity: the Gate has seen to it.
    function bring(
        EntityId entity,
        TokenId token,
        uint256 amount,
        bytes calldata question
    ) external;
}
