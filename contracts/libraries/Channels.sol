// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Collateral, IDepository, Poster} from "../interfaces/IDepository.sol";
import {ChannelKey, EntityId, TokenId} from "../types/Ids.sol";
import {Channel, Court, Ledger, Pair} from "../types/Ledger.sol";
import {Refusals} from "./Refusals.sol";

/// @title Channels
/// @notice Names and sides of channels, their collateral, and how a dispute ends.
library Channels {
    using Refusals for Court;

    /// @notice `keccak256(abi.encode(left, right))`.
    function keyOf(EntityId left, EntityId right) internal pure returns (ChannelKey key) {
        // Both words stand in scratch space, which holds nothing across statements.
        assembly ("memory-safe") {
            mstore(0, left)
            mstore(32, right)
            key := keccak256(0, 64)
        }
    }

    /// @notice The channel of two different entities, whichever is named first.
    function pairOf(EntityId a, EntityId b) internal pure returns (Pair memory) {
        (EntityId left, EntityId right) = a < b ? (a, b) : (b, a);
        return Pair({left: left, right: right, key: keyOf(left, right)});
    }

    /// @notice The channel between `left` and `right`, if they are in that order.
    function orderedPair(
        Court memory court,
        EntityId left,
        EntityId right
    ) internal pure returns (bytes4 refusal, Pair memory pair) {
        if (!(left < right)) {
            refusal = court.refuse(IDepository.LeftNotBelowRight.selector, left, right);
        } else {
            pair = Pair({left: left, right: right, key: keyOf(left, right)});
        }
    }

    /// @notice Refuses what needs an open dispute where there is none.
    function refuseWithoutDispute(
        Court memory court,
        Pair memory pair,
        Channel memory channel
    ) internal pure returns (bytes4 refusal) {
        if (channel.deadline != 0) return 0;
        return court.refuse(IDepository.NoDispute.selector, pair.left, pair.right);
    }

    /// @notice Which side of the channel `entity` is; {Poster.Anyone} if it is none.
    function sideOf(Pair memory pair, EntityId entity) internal pure returns (Poster) {
        if (entity == pair.left) return Poster.Left;
        return entity == pair.right ? Poster.Right : Poster.Anyone;
    }

    /// @notice Why `amount` cannot be added to the collateral between two entities as the share of `receiver`, if so.
    function refuseCollateral(
        Ledger storage ledger,
        EntityId receiver,
        EntityId peer,
        TokenId token,
        uint256 amount
    ) internal view returns (bytes4 refusal) {
        bool receiverIsLeft = receiver < peer;
        ChannelKey key = receiverIsLeft ? keyOf(receiver, peer) : keyOf(peer, receiver);
        Collateral storage held = ledger.collaterals[key][token];
        if (amount > type(uint128).max - held.collateral) {
            return IDepository.AmountTooLarge.selector;
        }
        // Both terms are within 129 bits, so the sum cannot overflow.
        if (receiverIsLeft && int256(held.ondelta) + int256(amount) > type(int128).max) {
            return IDepository.OndeltaOutOfRange.selector;
        }
    }

    /// @notice Sets what the chain holds of one token of a channel.
    function setCollateral(
        Collateral storage held,
        Pair memory pair,
        TokenId token,
        uint128 collateral,
        int128 ondelta
    ) internal {
        held.collateral = collateral;
        held.ondelta = ondelta;
        emit IDepository.ChannelUpdated(pair.left, pair.right, token, collateral, ondelta);
    }

    /// @notice Ends a dispute if there is one, and with it everything signed under the old nonce.
    function renew(Channel storage channel, uint64 cooperativeNonce) internal {
        bool hasBody = channel.deadline != 0 && channel.proofBodyHash != 0;
        if (hasBody) channel.proofBodyHash = 0;
        // The nonce is the lowest field of the first slot, and everything else in there is to be 0.
        assembly ("memory-safe") {
            sstore(channel.slot, cooperativeNonce)
        }
    }
}
