// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Debt, IDepository} from "../interfaces/IDepository.sol";
import {EntityId, TokenId} from "../types/Ids.sol";
import {DebtQueue, Ledger} from "../types/Ledger.sol";
import {Reserves} from "./Reserves.sol";

/// @title Debts
/// @notice What stays owed when collateral is spent: a queue for each debtor and token, paid oldest first.
library Debts {
    /// @notice The most entries that one exit from a reserve, or one finalise, goes through.
    uint256 internal constant PER_EXIT_MAX = 16;

    /// @dev The state of one walk along a queue.
    struct Walk {
        uint256 index;
        uint256 reserve;
        uint256 visited;
        uint256 paid;
        uint256 sum;
    }

    /// @notice Pays from the reserve of `debtor`, oldest first, until the queue, the reserve or `max` ends.
    /// @return visited How many entries it went through; forgiven ones count, for they cost gas too.
    /// @return paid How many of them were paid in full or in part.
    function pay(
        Ledger storage ledger,
        EntityId debtor,
        TokenId token,
        uint256 max
    ) internal returns (uint256 visited, uint256 paid) {
        DebtQueue storage queue = ledger.debts[debtor][token];
        if (queue.total == 0) return (0, 0);
        Walk memory walk = Walk({
            index: queue.head,
            reserve: ledger.reserves[debtor][token].amount,
            visited: 0,
            paid: 0,
            sum: 0
        });

        uint256 tail = queue.tail;
        while (walk.index < tail && walk.visited < max && walk.reserve != 0) {
            _payEntry(ledger, debtor, token, walk);
            ++walk.visited;
        }

        queue.head = uint128(walk.index); // at most `tail`, which has 128 bits
        if (walk.sum != 0) {
            _setTotal(ledger, debtor, queue, queue.total - walk.sum);
            Reserves.debit(ledger, debtor, token, walk.sum);
        }
        return (walk.visited, walk.paid);
    }

    /// @notice Makes `debtor` owe `amount`: pays it at once, after what is older, as far as the reserve
    /// and `max` reach, and puts the rest at the end of the queue.
    /// @param amount Below 2^216.
    /// @return visited How many older entries it went through, at most `max`.
    function owe(
        Ledger storage ledger,
        EntityId debtor,
        EntityId creditor,
        TokenId token,
        uint256 amount,
        uint256 max
    ) internal returns (uint256 visited) {
        (visited, ) = pay(ledger, debtor, token, max);
        if (ledger.debts[debtor][token].total == 0) {
            uint256 part = _min(amount, ledger.reserves[debtor][token].amount);
            if (part != 0) _move(ledger, debtor, creditor, token, part);
            amount -= part;
        }
        if (amount != 0) _push(ledger, debtor, creditor, token, amount);
    }

    /// @notice Lets one entry go.
    /// @dev Only one that is there: see {isBetween}.
    function forgive(
        Ledger storage ledger,
        EntityId debtor,
        TokenId token,
        uint256 index
    ) internal {
        DebtQueue storage queue = ledger.debts[debtor][token];
        Debt storage debt = queue.entries[index];
        EntityId creditor = debt.creditor;
        _setTotal(ledger, debtor, queue, queue.total - debt.amount);
        delete queue.entries[index];
        emit IDepository.DebtForgiven(debtor, token, creditor, index);
    }

    /// @notice How much `debtor` owes `creditor` as entry `index`; 0 if that is not such a debt.
    function owedTo(
        Ledger storage ledger,
        EntityId debtor,
        EntityId creditor,
        TokenId token,
        uint256 index
    ) internal view returns (uint256) {
        Debt storage debt = ledger.debts[debtor][token].entries[index];
        return debt.creditor == creditor ? debt.amount : 0;
    }

    /// @dev Pays the entry at `walk.index` as far as the reserve reaches, and goes on if it is done.
    function _payEntry(
        Ledger storage ledger,
        EntityId debtor,
        TokenId token,
        Walk memory walk
    ) private {
        DebtQueue storage queue = ledger.debts[debtor][token];
        Debt storage debt = queue.entries[walk.index];
        uint256 amount = debt.amount;
        if (amount != 0) {
            uint256 part = _min(amount, walk.reserve);
            EntityId creditor = debt.creditor;
            if (part == amount) delete queue.entries[walk.index];
            else debt.amount = uint216(amount - part); // less than it was

            walk.reserve -= part;
            walk.sum += part;
            ++walk.paid;
            Reserves.credit(ledger, creditor, token, part);
            emit IDepository.DebtPaid(debtor, token, creditor, walk.index, amount - part);
            if (part != amount) return;
        }
        ++walk.index;
    }

    function _move(
        Ledger storage ledger,
        EntityId from,
        EntityId to,
        TokenId token,
        uint256 amount
    ) private {
        Reserves.debit(ledger, from, token, amount);
        Reserves.credit(ledger, to, token, amount);
    }

    function _push(
        Ledger storage ledger,
        EntityId debtor,
        EntityId creditor,
        TokenId token,
        uint256 amount
    ) private {
        DebtQueue storage queue = ledger.debts[debtor][token];
        uint128 index = queue.tail;
        // With nothing owed, all that stands before the new entry was forgiven: nobody need visit it.
        if (queue.total == 0) queue.head = index;
        queue.entries[index] = Debt({
            creditor: creditor,
            amount: uint216(amount),
            since: uint40(block.timestamp)
        });
        queue.tail = index + 1;
        _setTotal(ledger, debtor, queue, queue.total + amount);
        emit IDepository.DebtCreated(debtor, token, creditor, index, amount);
    }

    /// @dev The one place that writes a total, and so keeps count of those that are not 0.
    function _setTotal(
        Ledger storage ledger,
        EntityId debtor,
        DebtQueue storage queue,
        uint256 total
    ) private {
        bool owed = queue.total != 0;
        queue.total = total;
        if (owed && total == 0) --ledger.accounts[debtor].indebted;
        else if (!owed && total != 0) ++ledger.accounts[debtor].indebted;
    }

    function _min(uint256 a, uint256 b) private pure returns (uint256) {
        return a < b ? a : b;
    }
}
