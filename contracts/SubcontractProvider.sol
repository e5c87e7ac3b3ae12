// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IDefaultRegistry} from "./interfaces/IDefaultRegistry.sol";
import {IDepository} from "./interfaces/IDepository.sol";
import {ISecretRegistry} from "./interfaces/ISecretRegistry.sol";
import {Arguments, ISubcontractProvider} from "./interfaces/ISubcontractProvider.sol";
import {ClauseBatch} from "./libraries/ClauseBatch.sol";
import {Defaults} from "./libraries/Defaults.sol";
import {SwapMath} from "./libraries/SwapMath.sol";
import {EntityId, TokenId} from "./types/Ids.sol";
import {DefaultSwap, Swap} from "./types/Subcontracts.sol";

/// @title SubcontractProvider
/// @notice Judges payments under a hashlock, swaps and default swaps, and is the registry of secrets and of
/// defaults.
/// @dev Has no owner, and calls nobody but the Depository that whoever records a default names. A default
/// swap is judged by the defaults of the Depository that asks.
///
/// A batch is packed as {ClauseBatch} says: payments, swaps, default swaps, evaluated in this order.
/// Whether it is valid does not depend on facts: bytes of another length or an index beyond the deltas
/// revert, whatever was revealed, committed or recorded.
///
/// The arguments of a side are the ratios for the swaps that the other side owns: 4 bytes each,
/// big-endian, in the order of the batch. A ratio that is not wholly there is 0; bytes beyond the last
/// mean nothing.
contract SubcontractProvider is ISubcontractProvider, ISecretRegistry, IDefaultRegistry {
    /// @inheritdoc IDefaultRegistry
    uint256 public constant OVERDUE_AFTER = Defaults.OVERDUE_AFTER;

    /// @notice The batch names a delta that the proof body does not have.
    error DeltaMissing(uint256 index);

    /// @notice A delta has more than 248 bits: no channel has one, and sums on it might overflow.
    error DeltaTooLarge(uint256 index);

    /// @dev When a secret was revealed. A whole word, so that writing it reads nothing; a struct, so that its
    /// place is computed once for reading and writing.
    struct Reveal {
        uint256 timestamp;
    }

    mapping(bytes32 hashlock => Reveal) private _reveals;
    mapping(bytes32 key => uint256 timestamp) private _defaults;

    /// @inheritdoc ISecretRegistry
    function revealSecret(bytes32 secret) external {
        bytes32 hashlock;
        // Uses the scratch space only. `keccak256(abi.encode(secret))` would allocate memory.
        assembly ("memory-safe") {
            mstore(0, secret)
            hashlock := keccak256(0, 32)
        }
        Reveal storage reveal = _reveals[hashlock];
        if (reveal.timestamp != 0) return;
        reveal.timestamp = block.timestamp;
        emit SecretRevealed(hashlock, secret, uint64(block.timestamp));
    }

    /// @inheritdoc ISecretRegistry
    function revealedAt(bytes32 hashlock) external view returns (uint64) {
        return uint64(_reveals[hashlock].timestamp);
    }

    /// @inheritdoc IDefaultRegistry
    function recordDefault(
        IDepository depository,
        EntityId debtor,
        TokenId token,
        uint128 threshold,
        uint256 max,
        uint256[] calldata entries
    ) external {
        bytes32 key = Defaults.keyOf(address(depository), debtor, token, threshold);
        if (_defaults[key] != 0) return;
        Defaults.requireDefault(depository, debtor, token, threshold, max, entries);
        _defaults[key] = block.timestamp;
        emit DefaultRecorded(depository, debtor, token, threshold, uint64(block.timestamp));
    }

    /// @inheritdoc IDefaultRegistry
    function defaultedAt(
        IDepository depository,
        EntityId debtor,
        TokenId token,
        uint128 threshold
    ) external view returns (uint64) {
        return uint64(_defaults[Defaults.keyOf(address(depository), debtor, token, threshold)]);
    }

    /// @inheritdoc ISubcontractProvider
    function evaluate(
        int256[] calldata deltas,
        bytes calldata batch,
        Arguments calldata left,
        Arguments calldata right
    ) external view returns (int256[] memory applied, uint256 pendingUntil) {
        (bytes calldata payments, bytes calldata swaps, bytes calldata defaultSwaps) = ClauseBatch
            .read(batch);
        applied = deltas;
        for (uint256 i; i < applied.length; ++i) {
            require(applied[i] == int248(applied[i]), DeltaTooLarge(i));
        }
        pendingUntil = _pay(applied, payments);
        pendingUntil = _max(pendingUntil, _exchange(applied, swaps, left, right));
        if (defaultSwaps.length != 0) {
            pendingUntil = _max(pendingUntil, _protect(applied, defaultSwaps));
        }
    }

    /// @dev Applies each payment whose secret was revealed in time.
    function _pay(
        int256[] memory deltas,
        bytes calldata payments
    ) private view returns (uint256 pendingUntil) {
        // Steps through calldata, whose end no sum comes near to.
        unchecked {
            for (uint256 start; start < payments.length; start += ClauseBatch.PAYMENT_BYTES) {
                (uint256 terms, bytes32 hashlock) = ClauseBatch.paymentAt(payments, start);
                // Whether it is there must not depend on the secret.
                uint256 index = ClauseBatch.deltaIndexOf(terms);
                if (index >= deltas.length) revert DeltaMissing(index);

                uint256 revealBy = ClauseBatch.revealByOf(terms);
                uint256 revealed = _reveals[hashlock].timestamp;
                if (revealed != 0) {
                    if (revealed <= revealBy) _move(deltas, index, ClauseBatch.moveOf(terms));
                } else if (revealBy > pendingUntil) {
                    if (block.timestamp <= revealBy) pendingUntil = revealBy;
                }
            }
        }
    }

    /// @dev Fills each swap as far as its owner's peer chose in time.
    function _exchange(
        int256[] memory deltas,
        bytes calldata swaps,
        Arguments calldata left,
        Arguments calldata right
    ) private view returns (uint256 pendingUntil) {
        uint256 ownedByLeft;
        for (uint256 i; i < swaps.length / ClauseBatch.SWAP_BYTES; ++i) {
            Swap memory swap = ClauseBatch.swapAt(swaps, i * ClauseBatch.SWAP_BYTES);
            (Arguments calldata filler, uint256 place) = swap.ownerIsLeft
                ? (right, ownedByLeft++)
                : (left, i - ownedByLeft);

            (uint256 ratio, bool pending) = _chosen(filler, place, swap.minFill, swap.fillBy);
            _fill(deltas, swap, ratio);
            if (pending) pendingUntil = _max(pendingUntil, swap.fillBy);
        }
    }

    /// @dev The ratio that counts, and whether one may still be chosen. What is committed is committed
    /// once and for all, so nothing is pending after that; and nothing fills a swap without `minFill`.
    function _chosen(
        Arguments calldata filler,
        uint256 place,
        uint256 minFill,
        uint256 fillBy
    ) private view returns (uint256 ratio, bool pending) {
        if (minFill == 0) return (0, false);
        uint256 committedAt = filler.committedAt;
        if (committedAt == 0) return (0, block.timestamp <= fillBy);
        if (committedAt > fillBy) return (0, false);
        ratio = SwapMath.ratioAt(filler.data, place);
        if (ratio < minFill) ratio = 0;
    }

    /// @dev A ratio of 0 moves nothing, but still needs both deltas to be there.
    function _fill(int256[] memory deltas, Swap memory swap, uint256 ratio) private pure {
        // Neither is above 2^128.
        int256 received = int256(SwapMath.received(swap.addAmount, ratio));
        int256 paid = int256(SwapMath.paid(swap.subAmount, ratio));
        if (!swap.ownerIsLeft) (received, paid) = (-received, -paid);
        _move(deltas, swap.addDeltaIndex, received);
        _move(deltas, swap.subDeltaIndex, -paid);
    }

    /// @dev Pays each protection whose default was recorded in time. The caller is the Depository that judges.
    function _protect(
        int256[] memory deltas,
        bytes calldata swaps
    ) private view returns (uint256 pendingUntil) {
        for (uint256 start; start < swaps.length; start += ClauseBatch.DEFAULT_SWAP_BYTES) {
            DefaultSwap memory swap = ClauseBatch.defaultSwapAt(swaps, start);
            uint256 recorded = _defaults[
                Defaults.keyOf(msg.sender, swap.debtor, swap.token, swap.threshold)
            ];
            bool isPaid = recorded != 0 && recorded <= swap.expiry;
            int256 amount = isPaid ? int256(uint256(swap.amount)) : int256(0);
            _move(deltas, swap.deltaIndex, swap.buyerIsLeft ? amount : -amount);
            if (recorded == 0 && block.timestamp <= swap.expiry) {
                pendingUntil = _max(pendingUntil, swap.expiry);
            }
        }
    }

    function _move(int256[] memory deltas, uint256 index, int256 amount) private pure {
        require(index < deltas.length, DeltaMissing(index));
        // The index was just checked. The sum cannot overflow: the delta began within 248 bits, an amount
        // has at most 129, and calldata cannot hold the 2^126 entries that would bring it to 2^255.
        assembly ("memory-safe") {
            let delta := add(add(deltas, 32), shl(5, index))
            mstore(delta, add(mload(delta), amount))
        }
    }

    function _max(uint256 a, uint256 b) private pure returns (uint256) {
        return a > b ? a : b;
    }
}
