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
///     threshold 8 ‖ total weight 8 ‖ aggregate key 96 ‖ members' root 32 ‖ signature 192 ‖ depth 1 ‖
///     for each absent member: index 4 ‖ key 96 ‖ weight 8 ‖ path 32 · depth
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
    uint256 private constant _DEPTH = 336;
    uint256 private constant _ABSENT = 337;
    uint256 private constant _DEPTH_MAX = 32;

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

    /// @dev Whether the length fits a whole number of absent members, and how many.
    function _measure(bytes calldata form) private pure returns (bool canonical, uint256 absent) {
        if (form.length < _ABSENT) return (false, 0);
        uint256 depth = uint8(form[_DEPTH]);
        uint256 shown = form.length - _ABSENT;
        if (shown == 0) return (depth == 0, 0);
        uint256 each = 4 + MEMBER_LENGTH + 32 * depth;
        return (depth <= _DEPTH_MAX && shown % each == 0, shown / each);
    }

    /// @dev What the absent weigh, and the sum of all keys but theirs.
    /// @return known Whether each is a member, shown once, in ascending order.
    function _present(
        bytes calldata form,
        uint256 absent
    ) private view returns (bool known, uint256 absentWeight, G1 memory key) {
        key = BlsCurve.g1At(form, _KEY);
        if (absent == 0) return (true, 0, key);

        G1 memory taken;
        uint256 nextIndex;
        uint256 each = (form.length - _ABSENT) / absent;
        for (uint256 place = _ABSENT; place < form.length; place += each) {
            uint256 index = BoardForm.wordAt(form, place) >> 224;
            if (index < nextIndex || !_isMember(form[place + 4:place + each], index, _root(form))) {
                return (false, 0, key);
            }
            nextIndex = index + 1;
            absentWeight += BoardForm.wordAt(form, place + 4 + BlsCurve.G1_LENGTH) >> 192;
            if (!taken.addAt(form, place + 4)) return (false, 0, key);
        }
        (known, key) = BlsCurve.add(key, taken.negated());
    }

    /// @dev Whether the member in front of `shown` is number `index` below `root`, by the path behind it.
    function _isMember(
        bytes calldata shown,
        uint256 index,
        bytes32 root
    ) private pure returns (bool) {
        bytes32 leaf = Merkle.leaf(keccak256(shown[:MEMBER_LENGTH]));
        (bytes32 top, uint256 rest) = Merkle.climb(leaf, index, shown[MEMBER_LENGTH:]);
        return rest == 0 && top == root;
    }

    /// @dev Whether those who are not absent reach the threshold.
    function _reaches(bytes calldata form, uint256 absentWeight) private pure returns (bool) {
        uint256 head = BoardForm.wordAt(form, 0);
        uint256 total = uint64(head >> 128);
        return absentWeight <= total && total - absentWeight >= head >> 192;
    }

    function _hashOf(bytes calldata form) private pure returns (bytes32) {
        uint256 head = BoardForm.wordAt(form, 0);
        return hash(uint64(head >> 192), uint64(head >> 128), form[_KEY:_ROOT], _root(form));
    }

    function _root(bytes calldata form) private pure returns (bytes32) {
        return bytes32(BoardForm.wordAt(form, _ROOT));
    }
}
