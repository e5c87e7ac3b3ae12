// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Forgiveness, IDepository, TokenDiff} from "../interfaces/IDepository.sol";
import {EntityId} from "../types/Ids.sol";

/// @notice A {Settlement} as it is read, but for the signature.
/// @dev In memory a word is free in front of each of `diffs` and `forgiveness`: {Digests} writes the type
/// there, and hashes them where they lie.
struct Terms {
    EntityId peer;
    uint64 cooperativeNonce;
    uint64 newNonce;
    uint64 deadline;
    TokenDiff[] diffs;
    Forgiveness[] forgiveness;
}

/// @title SettlementForm
/// @notice Reads the settlements of a batch, packed, where they lie in calldata.
/// @dev One behind the other, big endian and with nothing between:
///
///     peer 32 ‖ cooperative nonce 8 ‖ new nonce 8 ‖ deadline 8 ‖ diffs 1 ‖ forgiven 1 ‖ signature's length 2 ‖
///     for each diff: token 32 ‖ left's ‖ right's ‖ the collateral's ‖ ondelta's
///     for each that is forgiven: token 32 ‖ whether left owes 1 ‖ index 32
///     the signature
///
/// A diff is a byte, the highest bit of it for a number below zero and the rest for how many bytes follow, and
/// these: most have 8 to 10 of 32. What is signed are not these bytes but the values, by EIP-712: so it means
/// nothing that a value can be written in several ways.
library SettlementForm {
    /// @notice The settlement that begins at `place` in calldata.
    /// @param end Of the list: an item that reaches beyond it reverts.
    /// @return terms All of it but the signature.
    /// @return signature Of the peer.
    /// @return next Where the next one begins.
    function read(
        uint256 place,
        uint256 end
    ) internal pure returns (Terms memory terms, bytes calldata signature, uint256 next) {
        uint256 counts;
        // Only reads calldata, where every offset is defined: bytes beyond its end are zero.
        assembly ("memory-safe") {
            let numbers := calldataload(add(place, 32))
            mstore(terms, calldataload(place))
            mstore(add(terms, 32), shr(192, numbers))
            mstore(add(terms, 64), shr(192, shl(64, numbers)))
            mstore(add(terms, 96), shr(192, shl(128, numbers)))
            counts := and(shr(32, numbers), 0xffffffff)
            next := add(place, 60)
        }
        (terms.diffs, next) = _diffs(next, counts >> 24);
        if (uint8(counts >> 16) != 0) {
            (terms.forgiveness, next) = _forgiveness(next, uint8(counts >> 16));
        }
        assembly ("memory-safe") {
            signature.offset := next
            signature.length := and(counts, 0xffff)
            next := add(next, signature.length)
        }
        require(next <= end, IDepository.BatchMalformed());
    }

    function _diffs(
        uint256 place,
        uint256 count
    ) private pure returns (TokenDiff[] memory diffs, uint256 next) {
        next = place;
        // Takes a word for the length, and for each of at most 255 diffs one that points to it, one that is free
        // and its five words.
        assembly ("memory-safe") {
            function amountAt(from) -> value, to {
                let length := byte(0, calldataload(from))
                let negative := shr(7, length)
                length := and(length, 0x7f)
                value := shr(sub(256, shl(3, length)), calldataload(add(from, 1)))
                if negative {
                    value := sub(0, value)
                }
                to := add(add(from, 1), length)
            }
            diffs := mload(64)
            mstore(diffs, count)
            let pointer := add(diffs, 32)
            let diff := add(pointer, shl(5, count))
            for {
                let last := diff
            } lt(pointer, last) {
                pointer := add(pointer, 32)
            } {
                diff := add(diff, 32)
                mstore(pointer, diff)
                mstore(diff, calldataload(next))
                next := add(next, 32)
                for {
                    let behind := add(diff, 160)
                    diff := add(diff, 32)
                } lt(diff, behind) {
                    diff := add(diff, 32)
                } {
                    let value
                    value, next := amountAt(next)
                    mstore(diff, value)
                }
            }
            mstore(64, diff)
        }
    }

    function _forgiveness(
        uint256 place,
        uint256 count
    ) private pure returns (Forgiveness[] memory items, uint256 next) {
        next = place;
        // As above, with three words each.
        assembly ("memory-safe") {
            items := mload(64)
            mstore(items, count)
            let pointer := add(items, 32)
            let item := add(pointer, shl(5, count))
            for {
                let last := item
            } lt(pointer, last) {
                pointer := add(pointer, 32)
            } {
                item := add(item, 32)
                mstore(pointer, item)
                mstore(item, calldataload(next))
                mstore(add(item, 32), iszero(iszero(byte(0, calldataload(add(next, 32))))))
                mstore(add(item, 64), calldataload(add(next, 33)))
                item := add(item, 96)
                next := add(next, 65)
            }
            mstore(64, item)
        }
    }
}
