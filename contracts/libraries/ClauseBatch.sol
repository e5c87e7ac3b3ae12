// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Payment, Swap} from "../types/Subcontracts.sol";
import {CalldataWords} from "./CalldataWords.sol";

/// @title ClauseBatch
/// @notice Reads `abi.encode(Payment[] payments, Swap[] swaps)` where it lies in calldata.
/// @dev The words, for p payments of 4 words and s swaps of 7 words each:
///
///     0        0x40, where the payments begin
///     1        0x60 + 128p, where the swaps begin
///     2        p
///     3        the payments
///     3 + 4p   s
///     4 + 4p   the swaps
///
/// No other layout is accepted, so that a batch has one meaning and its length says what is in it.
library ClauseBatch {
    using CalldataWords for bytes;

    uint256 private constant _PAYMENT_BYTES = 128;
    uint256 private constant _SWAP_BYTES = 224;

    /// @notice The bytes are not the canonical encoding of payments and swaps.
    error BatchMalformed();

    /// @notice Both arrays, in place. Their fields are not checked yet: {paymentAt} checks those of a
    /// payment, and the compiler those of a swap, when they are read.
    function read(
        bytes calldata batch
    ) internal pure returns (Payment[] calldata payments, Swap[] calldata swaps) {
        uint256 paymentCount = batch.word(2);
        // Counts are held against the length before they are multiplied, so nothing overflows.
        require(paymentCount <= batch.length / _PAYMENT_BYTES, BatchMalformed());
        uint256 swapsAt = 3 * 32 + _PAYMENT_BYTES * paymentCount;
        uint256 swapCount = batch.word(swapsAt / 32);
        require(swapCount <= batch.length / _SWAP_BYTES, BatchMalformed());
        require(
            batch.length == swapsAt + 32 + _SWAP_BYTES * swapCount &&
                batch.word(0) == 0x40 &&
                batch.word(1) == swapsAt,
            BatchMalformed()
        );

        // Both lie inside `batch`: the payments end at `swapsAt`, the swaps at its end, as just checked.
        assembly ("memory-safe") {
            payments.offset := add(batch.offset, 96)
            payments.length := paymentCount
            swaps.offset := add(batch.offset, add(swapsAt, 32))
            swaps.length := swapCount
        }
    }

    /// @notice The fields of payment `i`, which must be below the length of `payments`.
    /// @dev The same as reading `payments[i]`, for a third of the gas: this is paid for every lock.
    function paymentAt(
        Payment[] calldata payments,
        uint256 i
    )
        internal
        pure
        returns (uint256 deltaIndex, int256 amount, bytes32 hashlock, uint256 revealBy)
    {
        assembly ("memory-safe") {
            let payment := add(payments.offset, shl(7, i))
            deltaIndex := calldataload(payment)
            amount := calldataload(add(payment, 32))
            hashlock := calldataload(add(payment, 64))
            revealBy := calldataload(add(payment, 96))
        }
        // Nothing stands above 16 and 64 bits, and the amount is the same when cut to 128 and extended.
        require(
            (deltaIndex >> 16) | uint256(amount ^ int128(amount)) | (revealBy >> 64) == 0,
            BatchMalformed()
        );
    }
}
