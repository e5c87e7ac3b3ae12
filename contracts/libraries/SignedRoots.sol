// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {CalldataWords} from "./CalldataWords.sol";
import {Merkle} from "./Merkle.sol";

/// @title SignedRoots
/// @notice One signature for many digests: the Merkle root of all, and the path of this one.
/// @dev The words of `abi.encode(bytes32 root, bool unanimous, uint256 index, bytes32[] path, bytes inner)`
/// for a path of d nodes; no other layout is accepted, so that every read is inside:
///
///     0       root
///     1       unanimous, 0 or 1
///     2       index
///     3       0xa0, where the path begins
///     4       32 · (6 + d), where the inner signature begins
///     5       d
///     6       the path, from the leaf upwards
///     6 + d   length of the inner signature
///     7 + d   the inner signature, filled up with zero bytes
library SignedRoots {
    using CalldataWords for bytes;

    uint256 internal constant PATH_MAX = 32;

    uint256 private constant _UNANIMOUS = 1;
    uint256 private constant _INDEX = 2;
    uint256 private constant _PATH_LENGTH = 5;
    uint256 private constant _PATH = 6;

    /// @notice Whether the form is well made and its path leads from `digest` to its root. Only then do
    /// the other functions have a meaning.
    function holds(bytes calldata form, bytes32 digest) internal pure returns (bool) {
        uint256 depth = form.word(_PATH_LENGTH);
        return
            depth <= PATH_MAX &&
            _isCanonical(form, depth) &&
            _climb(form, depth, digest) == root(form);
    }

    /// @notice What {inner} must sign.
    function root(bytes calldata form) internal pure returns (bytes32) {
        return bytes32(form.word(0));
    }

    /// @notice Whether the root counts only if no member is absent.
    function isUnanimous(bytes calldata form) internal pure returns (bool) {
        return form.word(_UNANIMOUS) == 1;
    }

    /// @notice The signature over the root, in one of the forms without a root.
    function inner(bytes calldata form) internal pure returns (bytes calldata) {
        uint256 lengthAt = _PATH + form.word(_PATH_LENGTH);
        uint256 start = 32 * (lengthAt + 1);
        return form[start:start + form.word(lengthAt)];
    }

    /// @dev Whether `form`, with a path of `depth`, has the layout above up to the last byte, and an
    /// index that its path can lead to.
    function _isCanonical(bytes calldata form, uint256 depth) private pure returns (bool) {
        uint256 innerLengthAt = _PATH + depth;
        uint256 innerLength = form.word(innerLengthAt);
        // The first comparison keeps the sum from overflowing.
        if (
            innerLength > form.length ||
            form.length != 32 * (innerLengthAt + 1) + ((innerLength + 31) & ~uint256(31))
        ) return false;
        uint256 used = innerLength % 32;
        if (used != 0 && form.word(form.length / 32 - 1) << (8 * used) != 0) return false;

        return
            form.word(_UNANIMOUS) <= 1 &&
            form.word(_INDEX) >> depth == 0 &&
            form.word(3) == 0xa0 &&
            form.word(4) == 32 * innerLengthAt;
    }

    /// @dev The root that the path leads to from the leaf of `digest`.
    function _climb(
        bytes calldata form,
        uint256 depth,
        bytes32 digest
    ) private pure returns (bytes32 node) {
        bytes calldata path = form[32 * _PATH:32 * (_PATH + depth)];
        (node, ) = Merkle.climb(Merkle.leaf(digest), form.word(_INDEX), path);
    }
}
