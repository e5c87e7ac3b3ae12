// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Forgiveness, Proof, Settlement, TokenDiff} from "../interfaces/IDepository.sol";
import {ChannelKey, EntityId} from "../types/Ids.sol";

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

    /// @param diffs Those of `item`; `forgiveness` likewise. Finding them again would cost as much as hashing.
    /// @dev The fields are hashed as they stand in calldata: one that is wider than its type is refused
    /// by whoever reads it, and every one of them is read.
    function ofSettlement(
        bytes32 domain,
        ChannelKey key,
        Settlement calldata item,
        TokenDiff[] calldata diffs,
        Forgiveness[] calldata forgiveness
    ) internal pure returns (bytes32) {
        bytes32 typehash = _SETTLEMENT_TYPEHASH;
        bytes32 diffsHash = _hashDiffs(diffs);
        bytes32 forgivenessHash = _hashForgiveness(forgiveness);
        bytes32 structHash;
        // Uses the memory beyond what is allocated, and needs it no more once it is hashed.
        assembly ("memory-safe") {
            let free := mload(64)
            mstore(free, typehash)
            mstore(add(free, 32), key)
            // cooperativeNonce, newNonce and deadline: the words behind `peer`
            calldatacopy(add(free, 64), add(item, 32), 96)
            mstore(add(free, 160), diffsHash)
            mstore(add(free, 192), forgivenessHash)
            structHash := keccak256(free, 224)
        }
        return _typed(domain, structHash);
    }

    function _hashDiffs(TokenDiff[] calldata diffs) private pure returns (bytes32 hash) {
        bytes32 typehash = _TOKEN_DIFF_TYPEHASH;
        // Uses the memory beyond what is allocated: the hashes of all, and behind them what is hashed of
        // one, its type and its five words. It needs none of them once they are hashed.
        assembly ("memory-safe") {
            let hashes := mload(64)
            let size := shl(5, diffs.length)
            let words := add(hashes, size)
            let diff := diffs.offset
            mstore(words, typehash)
            for {
                let i := 0
            } lt(i, size) {
                i := add(i, 32)
            } {
                calldatacopy(add(words, 32), diff, 160)
                mstore(add(hashes, i), keccak256(words, 192))
                diff := add(diff, 160)
            }
            hash := keccak256(hashes, size)
        }
    }

    function _hashForgiveness(Forgiveness[] calldata forgiveness) private pure returns (bytes32) {
        if (forgiveness.length == 0) return _NOTHING_HASH;
        bytes32[] memory hashes = new bytes32[](forgiveness.length);
        for (uint256 i; i < forgiveness.length; ++i) {
            hashes[i] = keccak256(abi.encode(_FORGIVENESS_TYPEHASH, forgiveness[i]));
        }
        return _hashWords(hashes);
    }

    /// @dev `keccak256(abi.encodePacked(words))`, where they lie.
    function _hashWords(bytes32[] memory words) private pure returns (bytes32 hash) {
        assembly ("memory-safe") {
            hash := keccak256(add(words, 32), shl(5, mload(words)))
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
