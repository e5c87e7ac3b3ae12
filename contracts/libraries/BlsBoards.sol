// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IEntityProvider} from "../interfaces/IEntityProvider.sol";
import {Registry} from "../types/Registry.sol";
import {BlsBoardForm} from "./BlsBoardForm.sol";
import {BlsCurve, G1} from "./BlsCurve.sol";
import {BlsSignature} from "./BlsSignature.sol";
import {BoardForm} from "./BoardForm.sol";
import {Merkle} from "./Merkle.sol";

/// @title BlsBoards
/// @notice Keys that somebody possesses, and boards that commit to the true sum of such keys.
library BlsBoards {
    using BlsCurve for G1;

    /// @notice See {IEntityProvider.registerKey}.
    function register(
        Registry storage registry,
        bytes calldata key,
        bytes calldata proof
    ) internal returns (bytes32 keyId) {
        require(BlsSignature.isPossessed(key, proof), IEntityProvider.PossessionNotShown());
        keyId = BlsSignature.idOf(key);
        if (registry.isKey[keyId]) return keyId;
        registry.isKey[keyId] = true;
        emit IEntityProvider.KeyRegistered(keyId, key);
    }

    /// @notice See {IEntityProvider.checkKeys}.
    function check(
        Registry storage registry,
        uint64 threshold,
        bytes calldata members
    ) internal returns (bytes32 boardHash) {
        uint256 count = members.length / BlsBoardForm.MEMBER_LENGTH;
        require(
            count != 0 && members.length % BlsBoardForm.MEMBER_LENGTH == 0,
            IEntityProvider.BoardInvalid()
        );
        (uint256 total, G1 memory sum, bytes32 root) = _sum(registry, members, count);
        require(
            threshold != 0 && threshold <= total && total <= type(uint64).max && !sum.isInfinity(),
            IEntityProvider.BoardInvalid()
        );
        boardHash = BlsBoardForm.hash(threshold, uint64(total), _encode(sum), root);
        registry.isChecked[boardHash] = true;
        emit IEntityProvider.BoardChecked(boardHash);
    }

    /// @dev Weight and keys of all members added up, and the root of their tree.
    function _sum(
        Registry storage registry,
        bytes calldata members,
        uint256 count
    ) private view returns (uint256 total, G1 memory sum, bytes32 root) {
        bytes32[] memory nodes = new bytes32[](count);
        bytes32 previousId;
        for (uint256 i; i < count; ++i) {
            uint256 start = i * BlsBoardForm.MEMBER_LENGTH;
            bytes calldata member = members[start:start + BlsBoardForm.MEMBER_LENGTH];
            bytes32 keyId = BlsSignature.idOf(member[:BlsCurve.G1_LENGTH]);
            uint256 weight = BoardForm.wordAt(member, BlsCurve.G1_LENGTH) >> 192;
            // Ascending ids make the keys distinct.
            require(
                keyId > previousId && weight != 0 && registry.isKey[keyId],
                IEntityProvider.BoardInvalid()
            );
            previousId = keyId;
            total += weight;
            nodes[i] = Merkle.leaf(keccak256(member));
            // A registered key is on the curve.
            require(sum.addAt(member, 0), IEntityProvider.BoardInvalid());
        }
        root = Merkle.rootOf(nodes);
    }

    /// @dev The 96 bytes of a point.
    function _encode(G1 memory point) private pure returns (bytes memory) {
        return abi.encodePacked(uint128(point.xHigh), point.xLow, uint128(point.yHigh), point.yLow);
    }
}
