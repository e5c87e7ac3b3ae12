// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Forgiveness, Proof, TokenDiff} from "../interfaces/IDepository.sol";
import {ChannelKey, EntityId} from "../types/Ids.sol";
import {Terms} from "./SettlementForm.sol";

/// @title Digests
/// @notice What entities sign, by EIP-712 under the Depository's domain.
library Digests {
    bytes32 private constant _BATCH_TYPEHASH = keccak256(
        "Batch(bytes32 entity,bytes batch,uint64 nonce,uint64 validUntil)"
    );

    bytes32 private constant _SETTLEMENT_TYPEHASH = keccak256(
        "Settlement(bytes32 channelKey,uint64 cooperativeNonce,uint64 newNonce,uint64 deadline,"
        "TokenDiff[] diffs,Forgiveness[] forgiveness)"
        "Forgiveness(bytes32 token,bool leftOwes,uint256 index)"
        "TokenDiff(bytes32 token,int256 leftDiff,int256 rightDiff,int256 collateralDiff,int256 ondeltaDiff)"
    );

    bytes32 private constant _TOKEN_DIFF_TYPEHASH = keccak256(
        "TokenDiff(bytes32 token,int256 leftDiff,int256 rightDiff,int256 collateralDiff,int256 ondeltaDiff)"
    );

    bytes32 private constant _FORGIVENESS_TYPEHASH = keccak256(
        "Forgiveness(bytes32 token,bool leftOwes,uint256 index)"
    );

    bytes32 private constant _PROOF_TYPEHASH = keccak256(
        "DisputeProof(bytes32 channelKey,uint64 cooperativeNonce,uint96 disputeNonce,"
        "uint32 disputeWindow,bytes32 proofBodyHash,bytes32 blockHash)"
    );

    /// @dev Of an empty array: most settlements forgive nothing.
    bytes32 private constant _NOTHING_HASH = keccak256("");

    /// @notice `keccak256(data)`, in memory that is not kept: a batch is long.
    function hashOf(bytes calldata data) internal pure returns (bytes32 hash) {
        // Uses the memory beyond what is allocated, and needs it no more once it is hashed.
        assembly ("memory-safe") {
            let free := mload(64)
            calldatacopy(free, data.offset, data.length)
            hash := keccak256(free, data.length)
        }
    }

    function ofBatch(
        bytes32 domain,
        EntityId entity,
        bytes32 batchHash,
        uint64 nonce,
        uint64 validUntil
    ) internal pure returns (bytes32) {
        bytes32 typehash = _BATCH_TYPEHASH;
        bytes32 structHash;
        // Uses the memory beyond what is allocated, and needs it no more once it is hashed.
        assembly ("memory-safe") {
            let free := mload(64)
            mstore(free, typehash)
            mstore(add(free, 32), entity)
            mstore(add(free, 64), batchHash)
            mstore(add(free, 96), nonce)
            mstore(add(free, 128), validUntil)
            structHash := keccak256(free, 160)
        }
        return _typed(domain, structHash);
    }

    function ofProof(
        bytes32 domain,
        ChannelKey key,
        uint64 cooperativeNonce,
        Proof calldata proof
    ) internal pure returns (bytes32) {
        return _typed(domain, keccak256(abi.encode(_PROOF_TYPEHASH, key, cooperativeNonce, proof)));
    }

    function ofSettlement(
        bytes32 domain,
        ChannelKey key,
        Terms memory item
    ) internal pure returns (bytes32) {
        bytes32 typehash = _SETTLEMENT_TYPEHASH;
        bytes32 diffsHash = _hashDiffs(item.diffs);
        bytes32 forgivenessHash = _hashForgiveness(item.forgiveness);
        bytes32 structHash;
        // Uses the memory beyond what is allocated, and needs it no more once it is hashed.
        assembly ("memory-safe") {
            let free := mload(64)
            mstore(free, typehash)
            mstore(add(free, 32), key)
            // cooperativeNonce, newNonce and deadline: the words behind `peer`
            mcopy(add(free, 64), add(item, 32), 96)
            mstore(add(free, 160), diffsHash)
            mstore(add(free, 192), forgivenessHash)
            structHash := keccak256(free, 224)
        }
        return _typed(domain, structHash);
    }

    function _hashDiffs(TokenDiff[] memory diffs) private pure returns (bytes32) {
        bytes32 typehash = _TOKEN_DIFF_TYPEHASH;
        uint256 items;
        assembly ("memory-safe") {
            items := diffs
        }
        return _hashItems(items, typehash, 192);
    }

    function _hashForgiveness(Forgiveness[] memory forgiveness) private pure returns (bytes32) {
        if (forgiveness.length == 0) return _NOTHING_HASH;
        bytes32 typehash = _FORGIVENESS_TYPEHASH;
        uint256 items;
        assembly ("memory-safe") {
            items := forgiveness
        }
        return _hashItems(items, typehash, 128);
    }

    /// @dev The hash of the hashes of structs, each with its type, of `size` bytes together.
    /// @param items An array of {Terms}: the type is written in front of each struct, where a word is free.
    function _hashItems(
        uint256 items,
        bytes32 typehash,
        uint256 size
    ) private pure returns (bytes32 hash) {
        // Uses the memory beyond what is allocated for the hashes, and needs it no more once they are hashed.
        assembly ("memory-safe") {
            let hashes := mload(64)
            let length := shl(5, mload(items))
            items := add(items, 32)
            for {
                let i := 0
            } lt(i, length) {
                i := add(i, 32)
            } {
                let item := sub(mload(add(items, i)), 32)
                mstore(item, typehash)
                mstore(add(hashes, i), keccak256(item, size))
            }
            hash := keccak256(hashes, length)
        }
    }

    /// @dev `keccak256(abi.encodePacked(hex"1901", domain, structHash))`.
    function _typed(bytes32 domain, bytes32 structHash) private pure returns (bytes32 digest) {
        // Uses the memory beyond what is allocated, and needs it no more once it is hashed.
        assembly ("memory-safe") {
            let free := mload(64)
            mstore(free, hex"1901")
            mstore(add(free, 2), domain)
            mstore(add(free, 34), structHash)
            digest := keccak256(free, 66)
        }
    }
}
