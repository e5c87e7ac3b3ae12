// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {EntityId} from "../types/Ids.sol";
import {Withdrawal} from "./IDepository.sol";

/// @title IUndoable
/// @notice What the Depository calls on itself, so that a failure undoes all of it and nothing else.
interface IUndoable {
    /// @notice Somebody else called what is for the Depository itself, or for its Gate.
    error NotSelf(address caller);

    /// @notice Takes `item.amount` from the reserve of `entity` and gives it to `item.to`.
    /// @dev For the Depository alone, which has seen to it that the reserve can be spent.
    function payOut(EntityId entity, Withdrawal calldata item) external;
}
