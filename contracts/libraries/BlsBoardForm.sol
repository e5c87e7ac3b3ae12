// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {BlsCurve, G1} from "./BlsCurve.sol";
import {BlsSignature} from "./BlsSignature.sol";
import {BoardForm} from "./BoardForm.sol";
import {Merkle} from "./Merkle.sol";

/// @title BlsBoardForm
/// @notice One aggregated signature of a board of BLS keys, of which only those who did not sign are shown.
/// @dev Behind the tag, big endian and with nothing between:
///
///     threshold 8 ‖ total weight 8 ‖ aggregate key 96 ‖ members' root 32 ‖ signature 192 ‖ absent 2 ‖
///     for each absent member: index 4 ‖ key 96 ‖ weight 8
///     the nodes that lead from them to the root, 32 each: see {Merkle.areBelow}
///
/// The board commits to the sum of all its keys; the keys of the absent are taken off. Nothing here
/// shows that the sum is one: boards are believed only once {BlsBoards} has checked them.
library BlsBoardForm {
    using BlsCurve for G1;

    /// @dev Stands in front of every board of this kind, as {Boards.KIND_LISTED} does of the other.
    uint8 internal constant KIND_BLS = 2;

    /// @notice A key and its weight: what a leaf of the members' tree is made of.
    uint256 internal constant MEMBER_LENGTH = BlsCurve.G1_LENGTH + 8;

    uint256 private constant _KEY = 16;
    uint256 private constant _ROOT = 112;
    uint256 private constant _SIGNATURE = 144;
    uint256 private constant _ABSENT = 336;
    uint256 private constant _MEMBERS = 338;

    /// @dev Index, key and weight.
    uint256 private constant _SHOWN_LENGTH = 4 + MEMBER_LENGTH;

    /// @notice Whether the members that are not absent have signed `digest`, and reach the threshold.
    /// @param unanimous Whether none may be absent.
    /// @return signed Worth nothing unless the board with `boardHash` has been checked.
    function judge(
        bytes calldata form,
        bytes32 digest,
        bool unanimous
    ) internal view returns (bool signed, bytes32 boardHash) {
        (bool canonical, uint256 absent) = _measure(form);
        if (!canonical || (unanimous && absent != 0)) return (false, 0);

        (bool known, uint256 absentWeight, G1 memory key) = _present(form, absent);
        if (!known || !_reaches(form, absentWeight)) return (false, 0);
        // A sum at infinity would be signed for by nobody.
        if (key.isInfinity() || !BlsSignature.isSigned(key, digest, form, _SIGNATURE)) {
            return (false, 0);
        }
        return (true, _hashOf(form));
    }

    /// @notice The name of a board, and the id of the lazy entity that has it:
    /// `keccak256(abi.encode(uint8 kind, uint64 threshold, uint64 totalWeight, bytes32[3] aggregateKey,
    /// bytes32 membersRoot))`.
    /// @param aggregateKey Of 96 bytes.
    function hash(
        uint64 threshold,
        uint64 totalWeight,
        bytes memory aggregateKey,
        bytes32 membersRoot
    ) internal pure returns (bytes32) {
        return
            keccak256(
                abi.encodePacked(
                    uint256(KIND_BLS),
                    uint256(threshold),
                    uint256(totalWeight),
                    aggregateKey,
                    membersRoot
                )
            );
    }

    /// @dev Whether the length fits, and how many are shown as absent.
    function _measure(bytes calldata form) private pure returns (bool canonical, uint256 absent) {
        if (form.length < _MEMBERS) return (false, 0);
        absent = BoardForm.wordAt(form, _ABSENT) >> 240;
        uint256 shown = form.length - _MEMBERS;
        if (absent == 0) return (shown == 0, 0);
        uint256 size = _SHOWN_LENGTH * absent;
        canonical = shown >= size && (shown - size) % 32 == 0;
    }

    /// @dev What the absent weigh, and the sum of all keys but theirs.
    /// @return known Whether each is a member, shown once, in ascending order.
    function _present(
        bytes calldata form,
        uint256 absent
    ) private view returns (bool known, uint256 absentWeight, G1 memory key) {
        key = BlsCurve.g1At(form, _KEY);
        if (absent == 0) return (true, 0, key);

        uint256 shown = _take(absent);
        uint256 nextIndex;
        uint256 place = _MEMBERS;
        // Two words of memory and 108 bytes of calldata for each of at most 65,535, with weights of 64 bits.
        unchecked {
            for (uint256 end = shown + 64 * absent; shown < end; shown += 64) {
                uint256 index = BoardForm.wordAt(form, place) >> 224;
                if (index < nextIndex) return (false, 0, key);
                nextIndex = index + 1;
                _show(shown, index, _leafAt(form, place + 4));
                absentWeight += BoardForm.wordAt(form, place + 4 + BlsCurve.G1_LENGTH) >> 192;
                if (!key.subtractAt(form, place + 4)) return (false, 0, key);
                place += _SHOWN_LENGTH;
            }
            shown -= 64 * absent;
        }
        known = Merkle.areBelow(_root(form), shown, absent, form[place:]);
    }

    /// @dev Memory for `count` numbers and leaves.
    function _take(uint256 count) private pure returns (uint256 shown) {
        assembly ("memory-safe") {
            shown := mload(64)
            mstore(64, add(shown, shl(6, count)))
        }
    }

    /// @dev Writes to what {_take} has given.
    function _show(uint256 shown, uint256 index, bytes32 leaf) private pure {
        assembly ("memory-safe") {
            mstore(shown, index)
            mstore(add(shown, 32), leaf)
        }
    }

    /// @dev The leaf of the member whose key and weight begin at `place`: {Merkle.leaf} of their hash.
    function _leafAt(bytes calldata form, uint256 place) private pure returns (bytes32 leaf) {
        uint256 length = MEMBER_LENGTH;
        // Uses the memory beyond what is allocated, and needs it no more once it is hashed.
        assembly ("memory-safe") {
            let free := mload(64)
            calldatacopy(free, add(form.offset, place), length)
            mstore(add(free, 1), keccak256(free, length))
            mstore8(free, 0)
            leaf := keccak256(free, 33)
        }
    }

    /// @dev Whether those who are not absent reach the threshold.
    function _reaches(bytes calldata form, uint256 absentWeight) private pure returns (bool) {
        uint256 head = BoardForm.wordAt(form, 0);
        uint256 total = uint64(head >> 128);
        return absentWeight <= total && total - absentWeight >= head >> 192;
    }

    /// @dev {hash} of what the form shows, where it lies.
    function _hashOf(bytes calldata form) private pure returns (bytes32 boardHash) {
        uint256 head = BoardForm.wordAt(form, 0);
        uint256 key = _KEY;
        uint256 kind = KIND_BLS;
        // Uses the memory beyond what is allocated, and needs it no more once it is hashed. The root stands
        // behind the key.
        assembly ("memory-safe") {
            let free := mload(64)
            mstore(free, kind)
            mstore(add(free, 32), shr(192, head))
            mstore(add(free, 64), shr(192, shl(64, head)))
            calldatacopy(add(free, 96), add(form.offset, key), 128)
            boardHash := keccak256(free, 224)
        }
    }

    function _root(bytes calldata form) private pure returns (bytes32) {
        return bytes32(BoardForm.wordAt(form, _ROOT));
    }
}
