// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IDepository} from "../../contracts/interfaces/IDepository.sol";
import {Debts} from "../../contracts/libraries/Debts.sol";
import {Exits} from "../../contracts/libraries/Exits.sol";
import {EntityId, TokenId} from "../../contracts/types/Ids.sol";
import {DebtQueue, Ledger} from "../../contracts/types/Ledger.sol";

/// @notice Runs the queue beside a plain list, in a world of small amounts.
contract DebtsTest {
    struct Entry {
        EntityId creditor;
        uint256 amount;
    }

    EntityId private constant _DEBTOR = EntityId.wrap(bytes32(uint256(1)));
    TokenId private constant _TOKEN = TokenId.wrap(0);

    Ledger private _ledger;

    // The model: every debt ever made, and what each party holds.
    Entry[] private _entries;
    mapping(EntityId entity => uint256) private _held;

    function test_owe_paysAtOnce_asFarAsTheReserveReaches() public {
        _ledger.reserves[_DEBTOR][_TOKEN].amount = 30;
        Debts.owe(_ledger, _DEBTOR, _creditor(0), _TOKEN, 50, 16);
        assert(_reserve(_DEBTOR) == 0 && _reserve(_creditor(0)) == 30);
        assert(_queue().total == 20 && _queue().entries[0].amount == 20);
        assert(_queue().entries[0].since == block.timestamp);
    }

    function test_owe_paysOlderDebtsFirst() public {
        Debts.owe(_ledger, _DEBTOR, _creditor(0), _TOKEN, 20, 16);
        _ledger.reserves[_DEBTOR][_TOKEN].amount = 30;
        Debts.owe(_ledger, _DEBTOR, _creditor(1), _TOKEN, 50, 16);
        assert(_reserve(_creditor(0)) == 20 && _reserve(_creditor(1)) == 10);
        assert(_queue().head == 1 && _queue().total == 40);
    }

    function test_owe_paysNothingNew_whenTheBoundEndsBeforeTheOlderDebts() public {
        for (uint256 i; i < 3; ++i) Debts.owe(_ledger, _DEBTOR, _creditor(0), _TOKEN, 1, 16);
        _ledger.reserves[_DEBTOR][_TOKEN].amount = 100;
        uint256 visited = Debts.owe(_ledger, _DEBTOR, _creditor(1), _TOKEN, 5, 2);
        assert(visited == 2 && _reserve(_creditor(0)) == 2 && _reserve(_creditor(1)) == 0);
        assert(_queue().total == 6 && _reserve(_DEBTOR) == 98);
    }

    function test_pay_visitsForgivenEntries_butDoesNotCountThemAsPaid() public {
        for (uint256 i; i < 3; ++i) Debts.owe(_ledger, _DEBTOR, _creditor(i), _TOKEN, 4, 16);
        Debts.forgive(_ledger, _DEBTOR, _TOKEN, 0);
        Debts.forgive(_ledger, _DEBTOR, _TOKEN, 1);
        _ledger.reserves[_DEBTOR][_TOKEN].amount = 3;
        (uint256 visited, uint256 paid) = Debts.pay(_ledger, _DEBTOR, _TOKEN, 16);
        assert(visited == 3 && paid == 1 && _queue().head == 2 && _queue().total == 1);
    }

    function test_owe_leavesForgivenEntriesBehind_whenNothingElseIsOwed() public {
        for (uint256 i; i < 3; ++i) Debts.owe(_ledger, _DEBTOR, _creditor(i), _TOKEN, 4, 16);
        for (uint256 i; i < 3; ++i) Debts.forgive(_ledger, _DEBTOR, _TOKEN, i);
        Debts.owe(_ledger, _DEBTOR, _creditor(0), _TOKEN, 9, 16);
        assert(_queue().head == 3 && _queue().tail == 4 && _queue().total == 9);
    }

    function test_refuse_letsAnExitPass_onlyWhenEveryDebtIsPaid() public {
        Debts.owe(_ledger, _DEBTOR, _creditor(0), _TOKEN, 10, 16);
        _ledger.reserves[_DEBTOR][_TOKEN].amount = 9;
        assert(_refusal(0, 0) == IDepository.DebtUnpaid.selector);
        assert(_refusal(9, 10) == 0);
        assert(_refusal(10, 10) == IDepository.ReserveExceeded.selector);
        _ledger.reserves[_DEBTOR][_TOKEN].amount = 15;
        assert(_refusal(5, 0) == 0);
        assert(_refusal(6, 0) == IDepository.ReserveExceeded.selector);

        Exits.spend(_ledger, _DEBTOR, _TOKEN, 5);
        assert(_reserve(_DEBTOR) == 0 && _reserve(_creditor(0)) == 10 && _queue().total == 0);
    }

    function test_refuse_bounds_howManyDebtsAnExitPays() public {
        for (uint256 i; i < 17; ++i) Debts.owe(_ledger, _DEBTOR, _creditor(i % 3), _TOKEN, 1, 16);
        _ledger.reserves[_DEBTOR][_TOKEN].amount = 100;
        assert(_refusal(1, 0) == IDepository.DebtUnpaid.selector);
        Debts.pay(_ledger, _DEBTOR, _TOKEN, 1);
        assert(_refusal(1, 0) == 0);
        Exits.spend(_ledger, _DEBTOR, _TOKEN, 1);
        assert(_reserve(_DEBTOR) == 82 && _queue().total == 0);
    }

    /// @dev What is owed in one token stands in no other's way, and an entity that owes nothing more is free.
    function test_refuse_looksForDebts_ofItsOwnTokenOnly() public {
        TokenId other = TokenId.wrap(bytes32(uint256(1)));
        Debts.owe(_ledger, _DEBTOR, _creditor(0), _TOKEN, 10, 16);
        Debts.owe(_ledger, _DEBTOR, _creditor(0), other, 10, 16);
        assert(_ledger.accounts[_DEBTOR].indebted == 2);
        Debts.forgive(_ledger, _DEBTOR, other, 0);
        assert(_ledger.accounts[_DEBTOR].indebted == 1);

        _ledger.reserves[_DEBTOR][other].amount = 5;
        assert(Exits.refuse(_ledger, _DEBTOR, other, 5, 0) == 0);
        assert(_refusal(0, 0) == IDepository.DebtUnpaid.selector);
        _ledger.reserves[_DEBTOR][_TOKEN].amount = 11;
        Exits.spend(_ledger, _DEBTOR, _TOKEN, 1);
        assert(_ledger.accounts[_DEBTOR].indebted == 0 && _reserve(_DEBTOR) == 0);
    }

    /// @dev Each byte of `steps` is one step: its low bits say which, its high bits how much.
    function testFuzz_queue_doesWhatAPlainListDoes(bytes calldata steps) public {
        for (uint256 i; i < steps.length && i < 48; ++i) {
            uint256 step = uint8(steps[i]);
            uint256 amount = step >> 4;
            if (step % 4 == 0) _credit(amount);
            else if (step % 4 == 1) _owe(_creditor(amount % 3), (amount % 7) + 1);
            else if (step % 4 == 2) _pay(amount % 4);
            else _forgive(amount);
            _compare();
        }
    }

    // ─── Steps, in both worlds ──────────────────────────────────────────────────────────────────

    function _credit(uint256 amount) private {
        _ledger.reserves[_DEBTOR][_TOKEN].amount += amount;
        _held[_DEBTOR] += amount;
    }

    function _owe(EntityId creditor, uint256 amount) private {
        Debts.owe(_ledger, _DEBTOR, creditor, _TOKEN, amount, 1000);
        _payModel(1000);
        uint256 part = _sum() == 0 ? _min(amount, _held[_DEBTOR]) : 0;
        _held[_DEBTOR] -= part;
        _held[creditor] += part;
        if (amount != part) _entries.push(Entry(creditor, amount - part));
    }

    function _pay(uint256 max) private {
        (, uint256 paid) = Debts.pay(_ledger, _DEBTOR, _TOKEN, max);
        assert(paid <= max);
        // Forgiven entries take part of the bound: the model only says what was owed and held at last.
        _payModel(paid);
    }

    function _forgive(uint256 index) private {
        if (index >= _entries.length || _entries[index].amount == 0) return;
        EntityId creditor = _entries[index].creditor;
        uint256 owed = Debts.owedTo(_ledger, _DEBTOR, creditor, _TOKEN, index);
        assert(owed == _entries[index].amount);
        assert(Debts.owedTo(_ledger, _DEBTOR, _DEBTOR, _TOKEN, index) == 0);
        Debts.forgive(_ledger, _DEBTOR, _TOKEN, index);
        _entries[index].amount = 0;
    }

    function _payModel(uint256 max) private {
        for (uint256 i; i < _entries.length && max > 0 && _held[_DEBTOR] > 0; ++i) {
            Entry storage entry = _entries[i];
            if (entry.amount == 0) continue;
            uint256 part = _min(entry.amount, _held[_DEBTOR]);
            entry.amount -= part;
            _held[_DEBTOR] -= part;
            _held[entry.creditor] += part;
            --max;
        }
    }

    function _compare() private view {
        assert(_queue().tail == _entries.length && _queue().total == _sum());
        assert(_ledger.accounts[_DEBTOR].indebted == (_sum() == 0 ? 0 : 1));
        assert(_reserve(_DEBTOR) == _held[_DEBTOR]);
        for (uint256 i; i < 3; ++i) assert(_reserve(_creditor(i)) == _held[_creditor(i)]);
        for (uint256 i; i < _entries.length; ++i) {
            assert(_queue().entries[i].amount == _entries[i].amount);
            if (i < _queue().head) assert(_entries[i].amount == 0);
        }
    }

    // ─── Reading ────────────────────────────────────────────────────────────────────────────────

    function _refusal(uint256 amount, uint256 forgiven) private view returns (bytes4) {
        return Exits.refuse(_ledger, _DEBTOR, _TOKEN, amount, forgiven);
    }

    function _queue() private view returns (DebtQueue storage) {
        return _ledger.debts[_DEBTOR][_TOKEN];
    }

    function _reserve(EntityId entity) private view returns (uint256) {
        return _ledger.reserves[entity][_TOKEN].amount;
    }

    function _sum() private view returns (uint256 sum) {
        for (uint256 i; i < _entries.length; ++i) sum += _entries[i].amount;
    }

    function _creditor(uint256 i) private pure returns (EntityId) {
        return EntityId.wrap(bytes32(i + 2));
    }

    function _min(uint256 a, uint256 b) private pure returns (uint256) {
        return a < b ? a : b;
    }
}
