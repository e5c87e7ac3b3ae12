// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IDefaultRegistry} from "../interfaces/IDefaultRegistry.sol";
import {Debt, IDepository} from "../interfaces/IDepository.sol";
import {EntityId, TokenId} from "../types/Ids.sol";

/// @title Defaults
/// @notice When an entity has not paid: its reserve is empty, and what it still owes is old.
library Defaults {
    /// @notice A debt older than this is overdue, seconds.
    uint256 internal constant OVERDUE_AFTER = 7 days;

    /// @notice What names a default in storage.
    function keyOf(
        address depository,
        EntityId debtor,
        TokenId token,
        uint128 threshold
    ) internal pure returns (bytes32) {
        return keccak256(abi.encode(depository, debtor, token, threshold));
    }

    /// @notice Pays what can be paid, and reverts unless `threshold` of the named entries is overdue after that.
    function requireDefault(
        IDepository depository,
        EntityId debtor,
        TokenId token,
        uint128 threshold,
        uint256 max,
        uint256[] calldata entries
    ) internal {
        require(threshold != 0, IDefaultRegistry.ThresholdZero());
        depository.enforceDebts(debtor, token, max);
        // While anything is owed, what is left in the reserve would have been paid with a higher bound.
        uint256 reserve = depository.reserveOf(debtor, token);
        (, , uint256 owed) = depository.debtsOf(debtor, token);
        require(reserve == 0 || owed == 0, IDefaultRegistry.ReserveLeft(reserve, max));
        uint256 overdue = _overdue(depository, debtor, token, entries);
        require(overdue >= threshold, IDefaultRegistry.NotInDefault(overdue, threshold));
    }

    /// @dev What was paid or forgiven has amount 0.
    function _overdue(
        IDepository depository,
        EntityId debtor,
        TokenId token,
        uint256[] calldata entries
    ) private view returns (uint256 sum) {
        for (uint256 i; i < entries.length; ++i) {
            require(
                i == 0 || entries[i] > entries[i - 1],
                IDefaultRegistry.EntriesNotAscending(entries[i])
            );
            Debt memory debt = depository.debtAt(debtor, token, entries[i]);
            if (block.timestamp > debt.since + OVERDUE_AFTER) sum += debt.amount;
        }
    }
}
