// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {EntityId, TokenId} from "../types/Ids.sol";
import {DefaultSwap, Swap} from "../types/Subcontracts.sol";

/// @title ClauseBatch
/// @notice Reads packed payments, swaps and default swaps where they lie in calldata. All numbers are big-endian.
/// @dev The bytes, for p payments and as many swaps as there is room for:
///
///     0            p, below 2^15
///     2            the payments, 56 bytes each
///     2 + 56p      the swaps, 45 bytes each, up to the end
///
/// With default swaps, which few clauses have, the highest bit of p is set, and s says how many swaps there are:
///
///     0            2^15 + p
///     2            s
///     4            the payments
///     4 + 56p      the swaps
///     … + 45s      the default swaps, 104 bytes each, up to the end
///
///     a payment                          a swap, see {Swap}
///     0    fromLeft and deltaIndex       0    ownerIsLeft and addDeltaIndex
///     1    revealBy                      1    subDeltaIndex
///     8    amount                        2    minFill
///     24   hashlock                      6    fillBy
///                                        13   addAmount
///     a default swap, see {DefaultSwap}  29   subAmount
///     0    buyerIsLeft and deltaIndex
///     1    expiry
///     8    amount
///     24   debtor
///     56   token
///     88   threshold
///
/// A flag is the highest bit of its byte, an index the other seven. Every field has a meaning whatever
/// its bits are, so a batch is well made if it is exactly as long as it says. What a lock costs is its
/// calldata and its look-up, so nothing is padded.
///
/// A payment moves the delta `deltaIndex` by `amount`, down if it is `fromLeft`, if the secret of
/// `hashlock`, `keccak256(abi.encodePacked(secret))` of 32 bytes, was revealed at or before `revealBy`,
/// in unix seconds; a reveal in this very second counts. It is pending until then.
library ClauseBatch {
    uint256 internal constant PAYMENT_BYTES = 56;
    uint256 internal constant SWAP_BYTES = 45;
    uint256 internal constant DEFAULT_SWAP_BYTES = 104;
    uint256 private constant _HEAD = 2;
    uint256 private constant _LONG_HEAD = 4;
    uint256 private constant _IS_LONG = 1 << 15;

    /// @notice The length of the bytes is not the one of a head and what it counts.
    error BatchMalformed();

    /// @notice The payments, swaps and default swaps, which are all of `batch` and nothing else.
    function read(
        bytes calldata batch
    )
        internal
        pure
        returns (bytes calldata payments, bytes calldata swaps, bytes calldata defaultSwaps)
    {
        require(batch.length >= _HEAD, BatchMalformed());
        uint256 count = uint16(bytes2(batch));
        if (count & _IS_LONG != 0) return _readLong(batch, count ^ _IS_LONG);
        uint256 swapsAt = _HEAD + PAYMENT_BYTES * count;
        require(batch.length >= swapsAt, BatchMalformed());
        payments = batch[_HEAD:swapsAt];
        swaps = batch[swapsAt:];
        require(swaps.length % SWAP_BYTES == 0, BatchMalformed());
        defaultSwaps = batch[:0];
    }

    /// @notice The payment at byte `start` of `payments`, a multiple of {PAYMENT_BYTES} below their length.
    /// @return terms Its first 24 bytes: see the functions below.
    function paymentAt(
        bytes calldata payments,
        uint256 start
    ) internal pure returns (uint256 terms, bytes32 hashlock) {
        // Two words that overlap, and reach from the first byte of the payment to its last.
        assembly ("memory-safe") {
            let payment := add(payments.offset, start)
            terms := shr(64, calldataload(payment))
            hashlock := calldataload(add(payment, 24))
        }
    }

    /// @notice The delta that a payment moves.
    function deltaIndexOf(uint256 terms) internal pure returns (uint256) {
        return (terms >> 184) & 0x7f;
    }

    /// @notice The last second in which the secret counts.
    function revealByOf(uint256 terms) internal pure returns (uint256) {
        return uint56(terms >> 128);
    }

    /// @notice By how much a payment moves its delta: down what left pays, and up what right does.
    function moveOf(uint256 terms) internal pure returns (int256) {
        int256 amount = int256(uint256(uint128(terms)));
        return terms >> 191 == 1 ? -amount : amount;
    }

    /// @notice The swap at byte `start` of `swaps`, a multiple of {SWAP_BYTES} below their length.
    function swapAt(bytes calldata swaps, uint256 start) internal pure returns (Swap memory swap) {
        bytes calldata packed = swaps[start:start + SWAP_BYTES];
        uint8 first = uint8(packed[0]);
        swap.ownerIsLeft = first >> 7 == 1;
        swap.addDeltaIndex = first & 0x7f;
        swap.subDeltaIndex = uint8(packed[1]) & 0x7f;
        swap.minFill = uint32(bytes4(packed[2:6]));
        swap.fillBy = uint56(bytes7(packed[6:13]));
        swap.addAmount = uint128(bytes16(packed[13:29]));
        swap.subAmount = uint128(bytes16(packed[29:45]));
    }

    /// @notice The default swap at byte `start` of `swaps`, a multiple of {DEFAULT_SWAP_BYTES} below their length.
    function defaultSwapAt(
        bytes calldata swaps,
        uint256 start
    ) internal pure returns (DefaultSwap memory swap) {
        bytes calldata packed = swaps[start:start + DEFAULT_SWAP_BYTES];
        uint8 first = uint8(packed[0]);
        swap.buyerIsLeft = first >> 7 == 1;
        swap.deltaIndex = first & 0x7f;
        swap.expiry = uint56(bytes7(packed[1:8]));
        swap.amount = uint128(bytes16(packed[8:24]));
        swap.debtor = EntityId.wrap(bytes32(packed[24:56]));
        swap.token = TokenId.wrap(bytes32(packed[56:88]));
        swap.threshold = uint128(bytes16(packed[88:104]));
    }

    function _readLong(
        bytes calldata batch,
        uint256 count
    )
        private
        pure
        returns (bytes calldata payments, bytes calldata swaps, bytes calldata defaultSwaps)
    {
        require(batch.length >= _LONG_HEAD, BatchMalformed());
        uint256 swapsAt = _LONG_HEAD + PAYMENT_BYTES * count;
        uint256 defaultsAt = swapsAt + SWAP_BYTES * uint16(bytes2(batch[_HEAD:_LONG_HEAD]));
        require(batch.length >= defaultsAt, BatchMalformed());
        payments = batch[_LONG_HEAD:swapsAt];
        swaps = batch[swapsAt:defaultsAt];
        defaultSwaps = batch[defaultsAt:];
        require(defaultSwaps.length % DEFAULT_SWAP_BYTES == 0, BatchMalformed());
    }
}
