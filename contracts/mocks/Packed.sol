// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Batch, Forgiveness, Settlement, TokenDiff} from "../interfaces/IDepository.sol";
import {DefaultSwap, Swap} from "../types/Subcontracts.sol";

/// @notice A payment as tests write it, see {ClauseBatch}: left pays what is negative.
struct Payment {
    uint16 deltaIndex;
    int128 amount;
    bytes32 hashlock;
    uint64 revealBy;
}

/// @title Packed
/// @notice Writes what the contracts read packed, with the compiler's own encoders.
library Packed {
    /// @notice A field is wider than its place.
    error CannotBePacked();

    /// @notice Payments and swaps as {ClauseBatch} reads them.
    function clause(
        Payment[] memory payments,
        Swap[] memory swaps
    ) internal pure returns (bytes memory packed) {
        packed = abi.encodePacked(uint16(payments.length));
        for (uint256 i; i < payments.length; ++i) {
            packed = bytes.concat(packed, payment(payments[i]));
        }
        for (uint256 i; i < swaps.length; ++i) packed = bytes.concat(packed, swap(swaps[i]));
    }

    /// @notice The same with default swaps.
    function clause(
        Payment[] memory payments,
        Swap[] memory swaps,
        DefaultSwap[] memory defaultSwaps
    ) internal pure returns (bytes memory packed) {
        packed = abi.encodePacked(0x8000 | uint16(payments.length), uint16(swaps.length));
        for (uint256 i; i < payments.length; ++i) {
            packed = bytes.concat(packed, payment(payments[i]));
        }
        for (uint256 i; i < swaps.length; ++i) packed = bytes.concat(packed, swap(swaps[i]));
        for (uint256 i; i < defaultSwaps.length; ++i) {
            packed = bytes.concat(packed, defaultSwap(defaultSwaps[i]));
        }
    }

    function defaultSwap(DefaultSwap memory item) internal pure returns (bytes memory) {
        require(item.deltaIndex < 128 && item.expiry <= type(uint56).max, CannotBePacked());
        return
            abi.encodePacked(
                uint8(item.deltaIndex) | (item.buyerIsLeft ? 0x80 : 0),
                uint56(item.expiry),
                item.amount,
                item.debtor,
                item.token,
                item.threshold
            );
    }

    function payment(Payment memory item) internal pure returns (bytes memory) {
        require(item.deltaIndex < 128 && item.revealBy <= type(uint56).max, CannotBePacked());
        int256 amount = item.amount;
        return
            abi.encodePacked(
                uint8(item.deltaIndex) | (amount < 0 ? 0x80 : 0),
                uint56(item.revealBy),
                uint128(uint256(amount < 0 ? -amount : amount)),
                item.hashlock
            );
    }

    function swap(Swap memory item) internal pure returns (bytes memory) {
        require(item.addDeltaIndex < 128 && item.subDeltaIndex < 128, CannotBePacked());
        require(item.fillBy <= type(uint56).max, CannotBePacked());
        return
            abi.encodePacked(
                uint8(item.addDeltaIndex) | (item.ownerIsLeft ? 0x80 : 0),
                uint8(item.subDeltaIndex),
                item.minFill,
                uint56(item.fillBy),
                item.addAmount,
                item.subAmount
            );
    }

    /// @notice A batch as {BatchLists} reads it.
    function batch(Batch memory items) internal pure returns (bytes memory) {
        uint256 flags = items.atomic ? 1 : 0;
        bytes memory lists;
        (flags, lists) = _add(
            flags,
            lists,
            1,
            items.withdrawals.length,
            abi.encode(items.withdrawals)
        );
        (flags, lists) = _add(flags, lists, 2, items.transfers.length, abi.encode(items.transfers));
        (flags, lists) = _add(flags, lists, 3, items.fundings.length, abi.encode(items.fundings));
        if (items.settlements.length != 0) {
            bytes memory packed = settlements(items.settlements);
            (flags, lists) = (
                flags | (1 << 4),
                bytes.concat(lists, bytes3(uint24(packed.length)), packed)
            );
        }
        (flags, lists) = _add(flags, lists, 5, items.starts.length, abi.encode(items.starts));
        (flags, lists) = _add(flags, lists, 6, items.counters.length, abi.encode(items.counters));
        (flags, lists) = _add(flags, lists, 7, items.arguments.length, abi.encode(items.arguments));
        (flags, lists) = _add(flags, lists, 8, items.finalises.length, abi.encode(items.finalises));
        (flags, lists) = _add(flags, lists, 9, items.secrets.length, abi.encode(items.secrets));
        return bytes.concat(bytes2(uint16(flags)), lists);
    }

    /// @notice Settlements as {SettlementForm} reads them.
    function settlements(Settlement[] memory items) internal pure returns (bytes memory packed) {
        for (uint256 i; i < items.length; ++i) {
            Settlement memory item = items[i];
            packed = bytes.concat(
                packed,
                abi.encodePacked(item.peer, item.cooperativeNonce, item.newNonce, item.deadline),
                abi.encodePacked(uint8(item.diffs.length), uint8(item.forgiveness.length)),
                abi.encodePacked(uint16(item.peerSignature.length))
            );
            for (uint256 j; j < item.diffs.length; ++j) {
                packed = bytes.concat(packed, _diff(item.diffs[j]));
            }
            for (uint256 j; j < item.forgiveness.length; ++j) {
                Forgiveness memory debt = item.forgiveness[j];
                packed = abi.encodePacked(packed, debt.token, debt.leftOwes, debt.index);
            }
            packed = bytes.concat(packed, item.peerSignature);
        }
    }

    function _diff(TokenDiff memory diff) private pure returns (bytes memory) {
        return
            abi.encodePacked(
                diff.token,
                _amount(diff.leftDiff),
                _amount(diff.rightDiff),
                _amount(diff.collateralDiff),
                _amount(diff.ondeltaDiff)
            );
    }

    /// @dev A byte for sign and length, and as many bytes as it takes.
    function _amount(int256 value) private pure returns (bytes memory packed) {
        unchecked {
            uint256 size = value < 0 ? 0 - uint256(value) : uint256(value);
            for (uint256 rest = size; rest != 0; rest >>= 8) {
                packed = bytes.concat(bytes1(uint8(rest)), packed);
            }
            packed = bytes.concat(bytes1(uint8(packed.length) | (value < 0 ? 0x80 : 0)), packed);
        }
    }

    function _add(
        uint256 flags,
        bytes memory lists,
        uint256 kind,
        uint256 count,
        bytes memory list
    ) private pure returns (uint256, bytes memory) {
        if (count == 0) return (flags, lists);
        // The first word says where the list begins: its length takes that place.
        assembly ("memory-safe") {
            let size := sub(mload(list), 32)
            list := add(list, 32)
            mstore(list, size)
        }
        return (flags | (1 << kind), bytes.concat(lists, bytes3(uint24(list.length)), list));
    }
}
