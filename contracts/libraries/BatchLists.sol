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

/// @title BatchLists
/// @notice Finds the lists of a batch where they lie in calldata.
/// @dev The bytes of a batch:
///
///     0    flags: 1 if it is atomic, 2^k if it has a list of kind k, for k = 1 … 9
///     2    for each list, in the order of their kinds: its size in 3 bytes, and the list
///
/// A list is `abi.encode(items)` without the first word, which would say where it begins; that of settlements is
/// packed, see {SettlementForm}. Most batches have one list, and ten words for each of the others would cost more than
/// the item itself.
///
/// The entity signed the bytes, and can lay out what stands in a list as it likes: whatever an offset in there
/// points at, reading stays inside the calldata.
library BatchLists {
    uint256 internal constant WITHDRAWALS = 1 << 1;
    uint256 internal constant TRANSFERS = 1 << 2;
    uint256 internal constant FUNDINGS = 1 << 3;
    uint256 internal constant SETTLEMENTS = 1 << 4;
    uint256 internal constant STARTS = 1 << 5;
    uint256 internal constant COUNTERS = 1 << 6;
    uint256 internal constant ARGUMENTS = 1 << 7;
    uint256 internal constant FINALISES = 1 << 8;
    uint256 internal constant SECRETS = 1 << 9;

    /// @dev Any list that takes from the reserve, or that is of a dispute.
    uint256 internal constant SPENDS = WITHDRAWALS | TRANSFERS | FUNDINGS;
    uint256 internal constant DISPUTES = STARTS | COUNTERS | ARGUMENTS | FINALISES;

    uint256 internal constant ATOMIC = 1;
    uint256 private constant _FLAGS_END = 1 << 10;

    /// @notice How far a batch is read.
    /// @param flags What it has: the sum of the constants above.
    /// @param next Where in calldata the size of the next list stands; `end` is the end of the batch.
    struct Reader {
        uint256 flags;
        uint256 next;
        uint256 end;
    }

    function open(bytes calldata data) internal pure returns (Reader memory) {
        require(data.length >= 2, IDepository.BatchMalformed());
        uint256 flags = uint16(bytes2(data));
        require(flags < _FLAGS_END, IDepository.BatchMalformed());
        uint256 start;
        assembly ("memory-safe") {
            start := data.offset
        }
        // Places in calldata, which no sum of such comes near to the end of a word.
        unchecked {
            return Reader({flags: flags, next: start + 2, end: start + data.length});
        }
    }

    /// @notice Where the next list stands in calldata: the word of its length.
    function take(Reader memory reader) internal pure returns (uint256 list) {
        uint256 next = reader.next;
        uint256 size;
        uint256 count;
        // Only reads calldata, where every offset is defined: bytes beyond its end are zero. A size has 24
        // bits, so no sum overflows.
        assembly ("memory-safe") {
            size := shr(232, calldataload(next))
            list := add(next, 3)
            count := calldataload(list)
            next := add(list, size)
        }
        // Every item takes a word at least, so `count` items fit, and no product of it overflows.
        require(next <= reader.end && count < size / 32, IDepository.BatchMalformed());
        reader.next = next;
    }

    /// @notice Where the next list, one without the word of its length, begins and ends in calldata.
    function takePacked(Reader memory reader) internal pure returns (uint256 start, uint256 end) {
        uint256 next = reader.next;
        // As above.
        assembly ("memory-safe") {
            start := add(next, 3)
            end := add(start, shr(232, calldataload(next)))
        }
        require(end <= reader.end, IDepository.BatchMalformed());
        reader.next = end;
    }

    /// @notice Refuses bytes behind the last list.
    function close(Reader memory reader) internal pure {
        require(reader.next == reader.end, IDepository.BatchMalformed());
    }

    // ─── A list at its place, as the type that it has ───────────────────────────────────────────

    function withdrawals(uint256 list) internal pure returns (Withdrawal[] calldata items) {
        assembly ("memory-safe") {
            items.offset := add(list, 32)
            items.length := calldataload(list)
        }
    }

    function transfers(uint256 list) internal pure returns (Transfer[] calldata items) {
        assembly ("memory-safe") {
            items.offset := add(list, 32)
            items.length := calldataload(list)
        }
    }

    function fundings(uint256 list) internal pure returns (Funding[] calldata items) {
        assembly ("memory-safe") {
            items.offset := add(list, 32)
            items.length := calldataload(list)
        }
    }

    function starts(uint256 list) internal pure returns (DisputeStart[] calldata items) {
        assembly ("memory-safe") {
            items.offset := add(list, 32)
            items.length := calldataload(list)
        }
    }

    function counters(uint256 list) internal pure returns (DisputeCounter[] calldata items) {
        assembly ("memory-safe") {
            items.offset := add(list, 32)
            items.length := calldataload(list)
        }
    }

    function arguments_(uint256 list) internal pure returns (DisputeArguments[] calldata items) {
        assembly ("memory-safe") {
            items.offset := add(list, 32)
            items.length := calldataload(list)
        }
    }

    function finalises(uint256 list) internal pure returns (DisputeFinalise[] calldata items) {
        assembly ("memory-safe") {
            items.offset := add(list, 32)
            items.length := calldataload(list)
        }
    }

    function secrets(uint256 list) internal pure returns (bytes32[] calldata items) {
        assembly ("memory-safe") {
            items.offset := add(list, 32)
            items.length := calldataload(list)
        }
    }
}
