// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Debt} from "../interfaces/IDepository.sol";
import {Arguments, ISubcontractProvider} from "../interfaces/ISubcontractProvider.sol";
import {EntityId, TokenId} from "../types/Ids.sol";

/// @title LedgerOfDebts
/// @notice A Depository as far as defaults go: everybody owes 100 of everything for ever, and nobody has anything.
contract LedgerOfDebts {
    uint216 private constant _OWED = 100;

    function enforceDebts(EntityId, TokenId, uint256) external pure returns (uint256 paid) {
        return 0;
    }

    function reserveOf(EntityId, TokenId) external pure returns (uint256) {
        return 0;
    }

    function debtsOf(
        EntityId,
        TokenId
    ) external pure returns (uint256 head, uint256 tail, uint256 total) {
        return (0, 1, _OWED);
    }

    function debtAt(
        EntityId creditor,
        TokenId,
        uint256 index
    ) external pure returns (Debt memory debt) {
        debt = Debt({creditor: creditor, amount: index == 0 ? _OWED : 0, since: 1});
    }

    /// @notice What `provider` answers to this Depository.
    function evaluate(
        ISubcontractProvider provider,
        int256[] calldata deltas,
        bytes calldata batch,
        Arguments calldata left,
        Arguments calldata right
    ) external view returns (int256[] memory applied, uint256 pendingUntil) {
        return provider.evaluate(deltas, batch, left, right);
    }
}
