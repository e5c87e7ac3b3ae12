// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Clause, DisputeFinalise, IDepository, ProofBody} from "../interfaces/IDepository.sol";
import {Arguments} from "../interfaces/ISubcontractProvider.sol";
import {Channel, Court, Ledger, Pair} from "../types/Ledger.sol";
import {Channels} from "./Channels.sol";
import {Clauses} from "./Clauses.sol";
import {Commitments} from "./Commitments.sol";
import {Disputes} from "./Disputes.sol";
import {Flags} from "./Flags.sol";
import {Limits} from "./Limits.sol";
import {Payouts} from "./Payouts.sol";
import {ProofBodies} from "./ProofBodies.sol";
import {Refusals} from "./Refusals.sol";

/// @title Finalises
/// @notice Ends a dispute: applies the clauses, divides each token, makes debts, raises the nonce.
/// @dev Calls nobody but the providers, statically, and before anything is changed.
library Finalises {
    using Flags for uint8;
    using Refusals for Court;

    /// @notice Ends the dispute by `item`, at the request of `court.actor`.
    function finalise(
        Ledger storage ledger,
        Court memory court,
        DisputeFinalise calldata item
    ) internal returns (bytes4 refusal) {
        Pair memory pair;
        (refusal, pair) = Channels.orderedPair(court, item.left, item.right);
        if (refusal != 0) return refusal;
        Channel memory channel = ledger.channels[pair.key];
        refusal = _refuseState(court, pair, channel, item);
        if (refusal != 0) return refusal;
        refusal = _refuseTokens(ledger, court, pair, channel, item);
        if (refusal != 0) return refusal;

        int256[] memory deltas;
        (refusal, deltas) = _judge(ledger, court, pair, channel, item);
        if (refusal != 0) return refusal;

        _conclude(ledger, pair, channel, item, deltas);
    }

    /// @dev Before the deadline only the side opposite to the poster may end it: then one has posted
    /// the proof and the other accepts it.
    function _refuseState(
        Court memory court,
        Pair memory pair,
        Channel memory channel,
        DisputeFinalise calldata item
    ) private view returns (bytes4 refusal) {
        refusal = Channels.refuseWithoutDispute(court, pair, channel);
        if (refusal != 0) return refusal;
        bool agreed = channel.flags.isAgreed(Channels.sideOf(pair, court.actor));
        if (!agreed && block.timestamp < channel.deadline) {
            return court.refuse(IDepository.DisputeOpen.selector, channel.deadline);
        }
        bytes32 hash = ProofBodies.hashOf(item.body);
        bytes32 standing = channel.standingNonce == 0 ? ProofBodies.EMPTY : channel.proofBodyHash;
        if (hash != standing) {
            return court.refuse(IDepository.ProofBodyWrong.selector, hash, standing);
        }
        return ProofBodies.refuse(item.body);
    }

    function _refuseTokens(
        Ledger storage ledger,
        Court memory court,
        Pair memory pair,
        Channel memory channel,
        DisputeFinalise calldata item
    ) private view returns (bytes4 refusal) {
        if (!Commitments.areNamed(ledger, pair.key, channel, true, item.leftTokens)) {
            return court.refuse(IDepository.TokensWrong.selector, 1);
        }
        if (!Commitments.areNamed(ledger, pair.key, channel, false, item.rightTokens)) {
            return court.refuse(IDepository.TokensWrong.selector, 0);
        }
    }

    /// @dev The off-chain deltas after all clauses, in their order.
    function _judge(
        Ledger storage ledger,
        Court memory court,
        Pair memory pair,
        Channel memory channel,
        DisputeFinalise calldata item
    ) private view returns (bytes4 refusal, int256[] memory deltas) {
        Arguments memory left;
        Arguments memory right;
        (refusal, left) = _arguments(ledger, court, pair, channel, true, item.leftArguments);
        if (refusal != 0) return (refusal, deltas);
        (refusal, right) = _arguments(ledger, court, pair, channel, false, item.rightArguments);
        if (refusal != 0) return (refusal, deltas);

        deltas = _offdeltas(item.body);
        Clause[] calldata clauses = item.body.clauses;
        uint256 latest = channel.deadline + Limits.PENDING_MAX;
        for (uint256 i; i < clauses.length; ++i) {
            uint256 until = Clauses.settle(clauses[i], deltas, left, right, latest);
            if (until != 0) {
                return (court.refuse(IDepository.ClausePending.selector, until), deltas);
            }
        }
    }

    function _arguments(
        Ledger storage ledger,
        Court memory court,
        Pair memory pair,
        Channel memory channel,
        bool left,
        bytes calldata data
    ) private view returns (bytes4 refusal, Arguments memory arguments) {
        (bool isRight, uint64 committedAt) = Commitments.findArguments(
            ledger,
            pair.key,
            channel,
            left,
            data
        );
        if (!isRight) {
            refusal = court.refuse(IDepository.ArgumentsWrong.selector, left ? 1 : 0);
        } else {
            arguments = Arguments({data: data, committedAt: committedAt});
        }
    }

    function _offdeltas(ProofBody calldata body) private pure returns (int256[] memory deltas) {
        int128[] calldata offdeltas = body.offdeltas;
        deltas = new int256[](offdeltas.length);
        for (uint256 i; i < deltas.length; ++i) deltas[i] = offdeltas[i];
    }

    /// @dev Everything from here on only writes, and cannot fail.
    function _conclude(
        Ledger storage ledger,
        Pair memory pair,
        Channel memory channel,
        DisputeFinalise calldata item,
        int256[] memory deltas
    ) private {
        bool fraud = _isFraud(channel);
        Payouts.Verdict memory verdict = Payouts.verdictOf(pair, channel.flags, fraud);
        // The next multiple of 2^32: no settlement can name it, so nothing signed before lives on.
        uint64 nonce = ((channel.cooperativeNonce >> 32) + 1) << 32;
        Channels.renew(ledger.channels[pair.key], nonce);

        Payouts.divide(ledger, verdict, item.body.tokenIds, deltas);
        // A token that is divided already has nothing left, so naming it too does nothing.
        Payouts.divide(ledger, verdict, item.leftTokens, new int256[](item.leftTokens.length));
        Payouts.divide(ledger, verdict, item.rightTokens, new int256[](item.rightTokens.length));
        emit IDepository.DisputeFinalised(
            pair.left,
            pair.right,
            channel.standingNonce,
            nonce,
            fraud
        );
    }

    /// @dev Whoever signed height h + 2 held its peer's signature on h + 1 before. What stands is signed
    /// by the starter, whoever posted it: a counter shows both signatures, a start of the peer shows the
    /// starter's, and a second start of the starter is a batch that it signed.
    function _isFraud(Channel memory channel) private pure returns (bool) {
        return Disputes.heightOf(channel.standingNonce) >= uint256(channel.startHeight) + 2;
    }
}
