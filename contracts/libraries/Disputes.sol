// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {
    DisputeCounter,
    DisputeStart,
    IDepository,
    Poster,
    Proof
} from "../interfaces/IDepository.sol";
import {EntityId} from "../types/Ids.sol";
import {Channel, Court, Ledger, Pair} from "../types/Ledger.sol";
import {Channels} from "./Channels.sol";
import {Digests} from "./Digests.sol";
import {Flags} from "./Flags.sol";
import {Limits} from "./Limits.sol";
import {Refusals} from "./Refusals.sol";
import {Signatures} from "./Signatures.sol";

/// @title Disputes
/// @notice Opens a dispute, and replaces the proof on which it stands by a higher one.
library Disputes {
    using Refusals for Court;

    /// @notice The height at which a proof was signed: `disputeNonce` is `term · 2^48 + 2 · height + side`.
    function heightOf(uint96 disputeNonce) internal pure returns (uint48) {
        return uint48(disputeNonce) >> 1;
    }

    /// @notice Opens a dispute of the actor, or counters in one that is open.
    function start(
        Ledger storage ledger,
        Court memory court,
        DisputeStart calldata item
    ) internal returns (bytes4 refusal) {
        EntityId actor = court.actor;
        if (actor == item.peer) return IDepository.SelfChannel.selector;
        Pair memory pair = Channels.pairOf(actor, item.peer);
        Channel memory channel = ledger.channels[pair.key];
        refusal = _refuseNonces(court, channel, item.cooperativeNonce, item.proof.disputeNonce);
        if (refusal != 0) return refusal;

        bool outgoing;
        (refusal, outgoing) = item.proof.disputeNonce == 0
            ? (_refuseEmpty(item), false)
            : _judgeSigned(court, pair, item);
        if (refusal != 0) return refusal;

        _open(ledger, pair, channel, actor == pair.left, outgoing, item.proof);
    }

    /// @notice Replaces the proof on which a dispute stands, with the signatures of both sides.
    function counter(
        Ledger storage ledger,
        Court memory court,
        DisputeCounter calldata item
    ) internal returns (bytes4 refusal) {
        Pair memory pair;
        (refusal, pair) = Channels.orderedPair(court, item.left, item.right);
        if (refusal != 0) return refusal;
        Channel memory channel = ledger.channels[pair.key];
        refusal = _refuseCounter(court, channel, pair, item);
        if (refusal != 0) return refusal;

        bytes32 digest = Digests.ofProof(court.domain, pair.key, item.cooperativeNonce, item.proof);
        bool leftOutgoing;
        bool rightOutgoing;
        (refusal, leftOutgoing) = _judge(court, item.left, digest, item.leftSignature);
        if (refusal != 0) return refusal;
        (refusal, rightOutgoing) = _judge(court, item.right, digest, item.rightSignature);
        if (refusal != 0) return refusal;

        Poster by = Channels.sideOf(pair, court.actor);
        channel.flags = Flags.posted(channel.flags, by, leftOutgoing, rightOutgoing);
        _replace(ledger, pair, channel, by, item.proof);
    }

    function _refuseCounter(
        Court memory court,
        Channel memory channel,
        Pair memory pair,
        DisputeCounter calldata item
    ) private view returns (bytes4 refusal) {
        refusal = Channels.refuseWithoutDispute(court, pair, channel);
        if (refusal != 0) return refusal;
        refusal = _refuseNonces(court, channel, item.cooperativeNonce, item.proof.disputeNonce);
        if (refusal != 0) return refusal;
        return _refuseProof(court, item.proof);
    }

    /// @dev What a proof must be before anything else of it counts: of this era, and in an open
    /// dispute in time and higher than what stands.
    function _refuseNonces(
        Court memory court,
        Channel memory channel,
        uint64 cooperativeNonce,
        uint96 disputeNonce
    ) private view returns (bytes4 refusal) {
        if (cooperativeNonce != channel.cooperativeNonce) {
            return
                court.refuse(
                    IDepository.CooperativeNonceWrong.selector,
                    cooperativeNonce,
                    channel.cooperativeNonce
                );
        }
        if (channel.deadline == 0) return refusal;
        if (block.timestamp >= channel.deadline) {
            return court.refuse(IDepository.DisputeClosed.selector, channel.deadline);
        }
        if (disputeNonce <= channel.standingNonce) {
            return
                court.refuse(
                    IDepository.DisputeNonceNotHigher.selector,
                    disputeNonce,
                    channel.standingNonce
                );
        }
    }

    /// @dev Nobody signs a height of 0: the only proof of that height is the whole nonce 0, which
    /// says that nothing was signed.
    function _refuseProof(
        Court memory court,
        Proof calldata proof
    ) private pure returns (bytes4 refusal) {
        if (heightOf(proof.disputeNonce) == 0) {
            return court.refuse(IDepository.DisputeNonceInvalid.selector, proof.disputeNonce);
        }
        uint32 window = proof.disputeWindow;
        if (window < Limits.WINDOW_MIN || window > Limits.WINDOW_MAX) {
            return court.refuse(IDepository.WindowInvalid.selector, window);
        }
    }

    /// @dev The proof that nothing was signed shows nothing.
    function _refuseEmpty(DisputeStart calldata item) private pure returns (bytes4 refusal) {
        Proof calldata proof = item.proof;
        bool empty = proof.disputeWindow == 0 && proof.proofBodyHash == 0 && proof.blockHash == 0;
        if (empty && item.peerSignature.length == 0) return refusal;
        return IDepository.DisputeNonceInvalid.selector;
    }

    function _judgeSigned(
        Court memory court,
        Pair memory pair,
        DisputeStart calldata item
    ) private view returns (bytes4 refusal, bool outgoing) {
        refusal = _refuseProof(court, item.proof);
        if (refusal != 0) return (refusal, false);
        bytes32 digest = Digests.ofProof(court.domain, pair.key, item.cooperativeNonce, item.proof);
        return _judge(court, item.peer, digest, item.peerSignature);
    }

    function _judge(
        Court memory court,
        EntityId entity,
        bytes32 digest,
        bytes calldata signature
    ) private view returns (bytes4 refusal, bool outgoing) {
        bool valid;
        (valid, outgoing) = Signatures.isProof(court.entityProvider, entity, digest, signature);
        if (!valid) {
            refusal = court.refuse(
                IDepository.SignatureInvalid.selector,
                EntityId.unwrap(entity),
                digest
            );
        }
    }

    /// @dev The batch is the actor's own signature on the proof, by its board of today.
    function _open(
        Ledger storage ledger,
        Pair memory pair,
        Channel memory channel,
        bool byLeft,
        bool peerOutgoing,
        Proof calldata proof
    ) private {
        bool open = channel.deadline != 0;
        Poster by = byLeft ? Poster.Left : Poster.Right;
        if (!open) {
            channel.startHeight = heightOf(proof.disputeNonce);
            channel.flags = Flags.started(byLeft);
        }
        channel.flags = Flags.posted(
            channel.flags,
            by,
            !byLeft && peerOutgoing,
            byLeft && peerOutgoing
        );
        if (open) return _replace(ledger, pair, channel, by, proof);

        _post(ledger, pair, channel, proof);
        emit IDepository.DisputeStarted(
            pair.left,
            pair.right,
            byLeft,
            channel.cooperativeNonce,
            proof,
            channel.deadline
        );
    }

    function _replace(
        Ledger storage ledger,
        Pair memory pair,
        Channel memory channel,
        Poster by,
        Proof calldata proof
    ) private {
        _post(ledger, pair, channel, proof);
        emit IDepository.DisputeCountered(
            pair.left,
            pair.right,
            by,
            channel.cooperativeNonce,
            proof,
            channel.deadline
        );
    }

    /// @dev Every proof brings its own full window, in which it can be answered.
    function _post(
        Ledger storage ledger,
        Pair memory pair,
        Channel memory channel,
        Proof calldata proof
    ) private {
        uint256 window = proof.disputeNonce == 0 ? Limits.WINDOW_MAX : proof.disputeWindow;
        channel.standingNonce = proof.disputeNonce;
        channel.deadline = uint40(block.timestamp + window);
        channel.proofBodyHash = proof.proofBodyHash;
        ledger.channels[pair.key] = channel;
    }
}
