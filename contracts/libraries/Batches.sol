// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {
    Batch,
    DisputeArguments,
    DisputeCounter,
    DisputeFinalise,
    DisputeStart,
    Funding,
    IDepository,
    Settlement,
    Transfer,
    Withdrawal
} from "../interfaces/IDepository.sol";
import {ISecretRegistry} from "../interfaces/ISecretRegistry.sol";
import {EntityId} from "../types/Ids.sol";
import {Court, Ledger} from "../types/Ledger.sol";
import {BoundedCalls} from "./BoundedCalls.sol";
import {Commitments} from "./Commitments.sol";
import {Disputes} from "./Disputes.sol";
import {Finalises} from "./Finalises.sol";
import {Settlements} from "./Settlements.sol";
import {Spends} from "./Spends.sol";

/// @title Batches
/// @notice Runs the items of a batch in their order, and tells which were skipped.
library Batches {
    /// @notice What a reveal is granted.
    uint256 internal constant REVEAL_GAS = 100_000;

    /// @notice Who acts, and how far the batch has come.
    /// @param index Of the next item, counted through all arrays.
    struct Run {
        EntityId entity;
        uint64 nonce;
        bool atomic;
        uint256 index;
    }

    /// @notice The batch that `data` encodes, read where it lies.
    /// @dev The entity signed `data`, and can lay out what it signs as it likes; whatever an offset
    /// points at, reading stays inside the calldata.
    function decode(bytes calldata data) internal pure returns (Batch calldata batch) {
        require(
            data.length > 32 * 11 && uint256(bytes32(data[0:32])) == 32,
            IDepository.BatchMalformed()
        );
        // The head of the batch, ten words behind the first, lies inside `data`.
        assembly ("memory-safe") {
            batch := add(data.offset, 32)
        }
    }

    /// @notice Runs every item of `batch`.
    function execute(
        Ledger storage ledger,
        Court memory court,
        address registry,
        Run memory run,
        Batch calldata batch
    ) internal {
        if (!_isEmpty(batch, 1)) _withdraw(ledger, run, batch.withdrawals);
        if (!_isEmpty(batch, 2)) _transfer(ledger, run, batch.transfers);
        if (!_isEmpty(batch, 3)) _fund(ledger, run, batch.fundings);
        if (!_isEmpty(batch, 4)) _settle(ledger, court, run, batch.settlements);
        if (!_isEmpty(batch, 5)) _start(ledger, court, run, batch.starts);
        if (!_isEmpty(batch, 6)) _counter(ledger, court, run, batch.counters);
        if (!_isEmpty(batch, 7)) _commit(ledger, run, batch.arguments);
        if (!_isEmpty(batch, 8)) _finalise(ledger, court, run, batch.finalises);
        if (!_isEmpty(batch, 9)) _reveal(registry, run, batch.secrets);
    }

    function _withdraw(Ledger storage ledger, Run memory run, Withdrawal[] calldata items) private {
        for (uint256 i; i < items.length; ++i) {
            _note(run, Spends.withdraw(ledger, run.entity, items[i]));
        }
    }

    function _transfer(Ledger storage ledger, Run memory run, Transfer[] calldata items) private {
        for (uint256 i; i < items.length; ++i) {
            _note(run, Spends.transfer(ledger, run.entity, items[i]));
        }
    }

    function _fund(Ledger storage ledger, Run memory run, Funding[] calldata items) private {
        for (uint256 i; i < items.length; ++i)
            _note(run, Spends.fund(ledger, run.entity, items[i]));
    }

    function _settle(
        Ledger storage ledger,
        Court memory court,
        Run memory run,
        Settlement[] calldata items
    ) private {
        for (uint256 i; i < items.length; ++i) {
            _note(run, Settlements.settle(ledger, court, items[i]));
        }
    }

    function _start(
        Ledger storage ledger,
        Court memory court,
        Run memory run,
        DisputeStart[] calldata items
    ) private {
        for (uint256 i; i < items.length; ++i) {
            _note(run, Disputes.start(ledger, court, items[i]));
        }
    }

    function _counter(
        Ledger storage ledger,
        Court memory court,
        Run memory run,
        DisputeCounter[] calldata items
    ) private {
        for (uint256 i; i < items.length; ++i) {
            _note(run, Disputes.counter(ledger, court, items[i]));
        }
    }

    function _commit(
        Ledger storage ledger,
        Run memory run,
        DisputeArguments[] calldata items
    ) private {
        for (uint256 i; i < items.length; ++i) {
            _note(run, Commitments.commit(ledger, run.entity, items[i]));
        }
    }

    function _finalise(
        Ledger storage ledger,
        Court memory court,
        Run memory run,
        DisputeFinalise[] calldata items
    ) private {
        for (uint256 i; i < items.length; ++i) {
            _note(run, Finalises.finalise(ledger, court, items[i]));
        }
    }

    function _reveal(address registry, Run memory run, bytes32[] calldata secrets) private {
        for (uint256 i; i < secrets.length; ++i) {
            bytes memory question = abi.encodeCall(ISecretRegistry.revealSecret, (secrets[i]));
            (bool ok, , ) = BoundedCalls.write(registry, 0, REVEAL_GAS, question);
            _note(run, ok ? bytes4(0) : IDepository.RevealFailed.selector);
        }
    }

    /// @dev Whether the list that is field `index` of `batch` has no items; `atomic` is field 0. Most lists
    /// are empty, and reading one as the compiler does costs four times as much.
    function _isEmpty(Batch calldata batch, uint256 index) private pure returns (bool empty) {
        // Only reads calldata, where every offset is defined: bytes beyond its end are zero.
        assembly ("memory-safe") {
            empty := iszero(calldataload(add(batch, calldataload(add(batch, shl(5, index))))))
        }
    }

    /// @dev Counts an item that was done or skipped; in an atomic batch nothing is skipped.
    function _note(Run memory run, bytes4 refusal) private {
        if (refusal != 0) {
            require(!run.atomic, IDepository.BatchItemFailed(run.index, refusal));
            emit IDepository.BatchItemSkipped(run.entity, run.nonce, run.index, refusal);
        }
        ++run.index;
    }
}
