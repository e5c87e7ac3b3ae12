// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {
    DisputeArguments,
    DisputeCounter,
    DisputeFinalise,
    DisputeStart,
    Funding,
    IDepository,
    Transfer,
    Withdrawal
} from "../interfaces/IDepository.sol";
import {ISecretRegistry} from "../interfaces/ISecretRegistry.sol";
import {EntityId} from "../types/Ids.sol";
import {Court, Ledger} from "../types/Ledger.sol";
import {BatchLists} from "./BatchLists.sol";
import {BoundedCalls} from "./BoundedCalls.sol";
import {Commitments} from "./Commitments.sol";
import {Disputes} from "./Disputes.sol";
import {Finalises} from "./Finalises.sol";
import {SettlementForm, Terms} from "./SettlementForm.sol";
import {Settlements} from "./Settlements.sol";
import {Spends} from "./Spends.sol";

/// @title Batches
/// @notice Runs the items of a batch in their order, and tells which were skipped.
library Batches {
    using BatchLists for BatchLists.Reader;

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

    /// @notice Runs every item of the batch that `data` encodes, see {BatchLists}.
    function execute(
        Ledger storage ledger,
        Court memory court,
        address registry,
        Run memory run,
        bytes calldata data
    ) internal {
        BatchLists.Reader memory lists = BatchLists.open(data);
        uint256 flags = lists.flags;
        run.atomic = flags & BatchLists.ATOMIC != 0;
        // Most batches have a list or two: kinds are looked for together first.
        if (flags & BatchLists.SPENDS != 0) _spend(ledger, run, lists);
        if (flags & BatchLists.SETTLEMENTS != 0) {
            (uint256 start, uint256 end) = lists.takePacked();
            _settle(ledger, court, run, start, end);
        }
        if (flags & BatchLists.DISPUTES != 0) _dispute(ledger, court, run, lists);
        if (flags & BatchLists.SECRETS != 0) {
            _reveal(registry, run, BatchLists.secrets(lists.take()));
        }
        lists.close();
    }

    function _spend(Ledger storage ledger, Run memory run, BatchLists.Reader memory lists) private {
        uint256 flags = lists.flags;
        if (flags & BatchLists.WITHDRAWALS != 0) {
            _withdraw(ledger, run, BatchLists.withdrawals(lists.take()));
        }
        if (flags & BatchLists.TRANSFERS != 0) {
            _transfer(ledger, run, BatchLists.transfers(lists.take()));
        }
        if (flags & BatchLists.FUNDINGS != 0) {
            _fund(ledger, run, BatchLists.fundings(lists.take()));
        }
    }

    function _dispute(
        Ledger storage ledger,
        Court memory court,
        Run memory run,
        BatchLists.Reader memory lists
    ) private {
        uint256 flags = lists.flags;
        if (flags & BatchLists.STARTS != 0) {
            _start(ledger, court, run, BatchLists.starts(lists.take()));
        }
        if (flags & BatchLists.COUNTERS != 0) {
            _counter(ledger, court, run, BatchLists.counters(lists.take()));
        }
        if (flags & BatchLists.ARGUMENTS != 0) {
            _commit(ledger, run, BatchLists.arguments_(lists.take()));
        }
        if (flags & BatchLists.FINALISES != 0) {
            _finalise(ledger, court, run, BatchLists.finalises(lists.take()));
        }
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
        uint256 start,
        uint256 end
    ) private {
        for (uint256 place = start; place < end;) {
            Terms memory terms;
            bytes calldata signature;
            (terms, signature, place) = SettlementForm.read(place, end);
            _note(run, Settlements.settle(ledger, court, terms, signature));
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
        bytes memory question = abi.encodeCall(ISecretRegistry.revealSecret, (0));
        for (uint256 i; i < secrets.length; ++i) {
            bytes32 secret = secrets[i];
            // `question` is a selector and one word, which is the secret.
            assembly ("memory-safe") {
                mstore(add(question, 36), secret)
            }
            (bool ok, , ) = BoundedCalls.write(registry, 0, REVEAL_GAS, question);
            _note(run, ok ? bytes4(0) : IDepository.RevealFailed.selector);
        }
    }

    /// @dev Counts an item that was done or skipped; in an atomic batch nothing is skipped.
    function _note(Run memory run, bytes4 refusal) private {
        if (refusal != 0) {
            require(!run.atomic, IDepository.BatchItemFailed(run.index, refusal));
            emit IDepository.BatchItemSkipped(run.entity, run.nonce, run.index, refusal);
        }
        // Every item takes calldata.
        unchecked {
            ++run.index;
        }
    }
}
