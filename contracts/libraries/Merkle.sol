// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title Merkle
/// @notice Trees over digests: leaves are `keccak256(0x00 ‖ digest)`, nodes `keccak256(0x01 ‖ left ‖ right)`.
/// @dev Tagged apart, so that no inner node can be shown as a leaf. Where the leaves end, the missing half
/// of a node is zero.
library Merkle {
    function leaf(bytes32 digest) internal pure returns (bytes32) {
        return keccak256(abi.encodePacked(bytes1(0x00), digest));
    }

    /// @notice `keccak256(0x01 ‖ left ‖ right)`.
    function parent(bytes32 left, bytes32 right) internal pure returns (bytes32 node) {
        // Writes beyond the free memory only, and leaves nothing there that anyone relies on.
        assembly ("memory-safe") {
            let free := mload(0x40)
            mstore8(free, 0x01)
            mstore(add(free, 1), left)
            mstore(add(free, 33), right)
            node := keccak256(free, 65)
        }
    }

    /// @notice The node that `path` leads to from `node`, which is number `index` of its level.
    /// @param path The siblings from the leaf upwards, 32 bytes each.
    /// @return top That node.
    /// @return place Which number it has in its own level; 0 of a root.
    function climb(
        bytes32 node,
        uint256 index,
        bytes calldata path
    ) internal pure returns (bytes32 top, uint256 place) {
        (top, place) = (node, index);
        // Writes beyond the free memory only: the tag, then the two halves, ours on the side that its number
        // says.
        assembly ("memory-safe") {
            let free := mload(0x40)
            mstore8(free, 0x01)
            let end := add(path.offset, path.length)
            for {
                let next := path.offset
            } lt(next, end) {
                next := add(next, 32)
            } {
                let side := shl(5, and(place, 1))
                mstore(add(add(free, 1), side), top)
                mstore(sub(add(free, 33), side), calldataload(next))
                top := keccak256(free, 65)
                place := shr(1, place)
            }
        }
    }

    /// @notice Whether some leaves stand in the tree below `root`, each at the place that it says.
    /// @param shown Where in memory they stand, two words each: number, strictly ascending and below 2^32, and
    /// leaf. They are overwritten.
    /// @param count How many they are, at least one.
    /// @param siblings What else it takes to compute the root, 32 bytes each: by level, and in it ascending.
    function areBelow(
        bytes32 root,
        uint256 shown,
        uint256 count,
        bytes calldata siblings
    ) internal pure returns (bool) {
        (bytes32 node, uint256 place, uint256 used) = _merge(shown, count, siblings);
        if (used > siblings.length) return false;
        (node, place) = climb(node, place, siblings[used:]);
        return node == root && place == 0;
    }

    /// @dev Climbs until all paths have become one: after at most 32 levels, which leave of every number 0.
    /// @return node The one node that is left.
    /// @return place Which number it has in its own level.
    /// @return used How many bytes of `siblings` it took.
    function _merge(
        uint256 shown,
        uint256 count,
        bytes calldata siblings
    ) private pure returns (bytes32 node, uint256 place, uint256 used) {
        // Writes over what is shown, each level over the one below it and not beyond, and beyond the free
        // memory: the tag, then the two halves, as in {climb}.
        assembly ("memory-safe") {
            let free := mload(0x40)
            mstore8(free, 0x01)
            let end := add(shown, shl(6, count))
            let next := siblings.offset
            for {
                let last := add(shown, 64)
            } gt(end, last) {} {
                let to := shown
                for {
                    let from := shown
                } lt(from, end) {} {
                    place := mload(from)
                    let side := shl(5, and(place, 1))
                    mstore(add(add(free, 1), side), mload(add(from, 32)))
                    from := add(from, 64)
                    // Numbers ascend: whoever has his sibling among them finds him next, at his right.
                    switch and(lt(from, end), eq(mload(from), xor(place, 1)))
                    case 1 {
                        mstore(add(free, 33), mload(add(from, 32)))
                        from := add(from, 64)
                    }
                    default {
                        mstore(sub(add(free, 33), side), calldataload(next))
                        next := add(next, 32)
                    }
                    mstore(to, shr(1, place))
                    mstore(add(to, 32), keccak256(free, 65))
                    to := add(to, 64)
                }
                end := to
            }
            place := mload(shown)
            node := mload(add(shown, 32))
            used := sub(next, siblings.offset)
        }
    }

    /// @notice The root over `nodes`, at least one, which it overwrites.
    function rootOf(bytes32[] memory nodes) internal pure returns (bytes32) {
        uint256 count = nodes.length;
        for (; count > 1; count = (count + 1) / 2) {
            for (uint256 i; i < count; i += 2) {
                nodes[i / 2] = parent(nodes[i], i + 1 < count ? nodes[i + 1] : bytes32(0));
            }
        }
        return nodes[0];
    }
}
