// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IDepository} from "../interfaces/IDepository.sol";
import {EntityId, TokenId} from "../types/Ids.sol";
import {DebtQueue, Ledger} from "../types/Ledger.sol";
import {Debts} from "./Debts.sol";
import {Reserves} from "./Reserves.sol";

/// @title Exits
/// @notice The one way out of a reserve: debts first, and nothing while any is left.
library Exits {
    /// @notice Why `entity` cannot spend `amount`, if so, once debts of the sum `forgiven` are let go.
    /// @dev Without a refusal, {spend} pays every debt that is left, and still finds `amount`.
    function refuse(
        Ledger storage ledger,
        EntityId entity,
        TokenId token,
        uint256 amount,
        uint256 forgiven
    ) internal view returns (bytes4 refusal) {
        uint256 reserve = ledger.reserves[entity][token].amount;
        if (ledger.accounts[entity].indebted != 0) {
            DebtQueue storage queue = ledger.debts[entity][token];
            uint256 owed = queue.total - forgiven;
            bool tooMany = queue.tail - queue.head > Debts.PER_EXIT_MAX;
            if (owed != 0 && (tooMany || reserve < owed)) return IDepository.DebtUnpaid.selector;
            reserve -= owed;
        }
        if (reserve < amount) return IDepository.ReserveExceeded.selector;
    }

    /// @notice Pays every debt of `entity`.
    /// @dev Only where {refuse} has nothing against it: they are few, and the reserve reaches.
    function payDebts(Ledger storage ledger, EntityId entity, TokenId token) internal {
        if (ledger.accounts[entity].indebted == 0) return;
        DebtQueue storage queue = ledger.debts[entity][token];
        Debts.pay(ledger, entity, token, queue.tail - queue.head);
    }

    /// @notice Pays every debt of `entity`, then takes `amount` from its reserve.
    /// @dev Only where {refuse} has nothing against it.
    function spend(Ledger storage ledger, EntityId entity, TokenId token, uint256 amount) internal {
        payDebts(ledger, entity, token);
        Reserves.debit(ledger, entity, token, amount);
    }
}
