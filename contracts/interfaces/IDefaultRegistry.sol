// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {EntityId, TokenId} from "../types/Ids.sol";
import {IDepository} from "./IDepository.sol";

/// @title IDefaultRegistry
/// @notice Where it is kept, once and for all, that an entity did not pay what it owed.
/// @dev A default is a fact of four: the Depository that kept the debts, who owed, in which token, and how
/// much at least. Each amount is a fact of its own: whoever protects himself against 100 unpaid says
/// nothing of 99.
interface IDefaultRegistry {
    /// @notice From now on, and as long as the chain is there, `debtor` did not pay `threshold` of `token`.
    event DefaultRecorded(
        IDepository indexed depository,
        EntityId indexed debtor,
        TokenId indexed token,
        uint128 threshold,
        uint64 recordedAt
    );

    /// @notice Nobody defaults on nothing.
    error ThresholdZero();

    /// @notice The debtor can still pay: the reserve is not empty, and `max` entries were paid from it.
    /// Repeat with a higher bound, or call `enforceDebts` first.
    error ReserveLeft(uint256 reserve, uint256 max);

    /// @notice An entry may be named once: in ascending order.
    error EntriesNotAscending(uint256 index);

    /// @notice The named debts are paid, forgiven, or not older than {OVERDUE_AFTER}: only `overdue` of them is.
    error NotInDefault(uint256 overdue, uint128 threshold);

    /// @notice How old a debt must be for a default, seconds.
    function OVERDUE_AFTER() external view returns (uint256);

    /// @notice Pays the debts of `debtor` in `token`, oldest first, as far as its reserve reaches, and keeps
    /// the time if at least `threshold` of what is left is older than {OVERDUE_AFTER}. Repeating changes nothing.
    /// @param depository Whose debts these are. What another contract says counts for its own clauses only.
    /// @param max How many entries may be paid on the way; more than there are is no error.
    /// @param entries The indices of the overdue debts, ascending: as many as it takes to reach `threshold`.
    function recordDefault(
        IDepository depository,
        EntityId debtor,
        TokenId token,
        uint128 threshold,
        uint256 max,
        uint256[] calldata entries
    ) external;

    /// @notice When the default was first recorded, unix seconds; 0 if never.
    function defaultedAt(
        IDepository depository,
        EntityId debtor,
        TokenId token,
        uint128 threshold
    ) external view returns (uint64);
}
