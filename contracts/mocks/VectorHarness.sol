// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Batch, Proof, ProofBody, Settlement} from "../interfaces/IDepository.sol";
import {SignedDeposit} from "../interfaces/IGate.sol";
import {Arguments, ISubcontractProvider} from "../interfaces/ISubcontractProvider.sol";
import {DeltaMath, Split} from "../libraries/DeltaMath.sol";
import {DepositSignatures} from "../libraries/DepositSignatures.sol";
import {Digests} from "../libraries/Digests.sol";
import {ProofBodies} from "../libraries/ProofBodies.sol";
import {SettlementForm, Terms} from "../libraries/SettlementForm.sol";
import {TokenIds} from "../libraries/TokenIds.sol";
import {ChannelKey, EntityId, TokenId} from "../types/Ids.sol";
import {Packed} from "./Packed.sol";

/// @title VectorHarness
/// @notice Shows what the contracts' libraries compute, to be held against the same in TypeScript.
contract VectorHarness {
    function split(uint256 collateral, int256 delta) external pure returns (Split memory) {
        return DeltaMath.split(collateral, delta);
    }

    /// @notice The time at which a call is judged.
    function timestamp() external view returns (uint256) {
        return block.timestamp;
    }

    function channelKey(EntityId left, EntityId right) external pure returns (bytes32) {
        return keccak256(abi.encode(left, right));
    }

    function tokenIdOf(uint8 kind, address collection, uint256 id) external pure returns (TokenId) {
        return TokenIds.ofAsset(kind, collection, id);
    }

    function depositDigest(
        bytes32 domain,
        SignedDeposit calldata item
    ) external pure returns (bytes32) {
        return DepositSignatures.digestOf(domain, item);
    }

    function authorizationNonce(EntityId entity, bytes32 salt) external pure returns (bytes32) {
        return keccak256(abi.encode(entity, salt));
    }

    function proofBodyHash(ProofBody calldata body) external pure returns (bytes32) {
        return ProofBodies.hashOf(body);
    }

    function proofDigest(
        bytes32 domain,
        ChannelKey key,
        uint64 cooperativeNonce,
        Proof calldata proof
    ) external pure returns (bytes32) {
        return Digests.ofProof(domain, key, cooperativeNonce, proof);
    }

    function settlementDigest(
        bytes32 domain,
        ChannelKey key,
        Settlement calldata item
    ) external view returns (bytes32) {
        Settlement[] memory items = new Settlement[](1);
        items[0] = item;
        return this.packedSettlementDigest(domain, key, Packed.settlements(items));
    }

    /// @notice The digest of the settlement that `packed` begins with, read as the Depository does.
    function packedSettlementDigest(
        bytes32 domain,
        ChannelKey key,
        bytes calldata packed
    ) external pure returns (bytes32) {
        uint256 place;
        assembly ("memory-safe") {
            place := packed.offset
        }
        (Terms memory terms, , ) = SettlementForm.read(place, place + packed.length);
        return Digests.ofSettlement(domain, key, terms);
    }

    function batchDigest(
        bytes32 domain,
        EntityId entity,
        bytes calldata batch,
        uint64 nonce,
        uint64 validUntil
    ) external pure returns (bytes32) {
        return Digests.ofBatch(domain, entity, keccak256(batch), nonce, validUntil);
    }

    /// @notice The bytes of a batch, by the compiler's own encoder.
    function packedBatch(Batch calldata batch) external pure returns (bytes memory) {
        return Packed.batch(batch);
    }

    /// @notice The gas that a provider needs to judge a clause, and what it answers.
    function gasOf(
        ISubcontractProvider provider,
        int256[] calldata deltas,
        bytes calldata batch,
        Arguments calldata left,
        Arguments calldata right
    ) external view returns (uint256 used, int256[] memory applied, uint256 pendingUntil) {
        used = gasleft();
        (applied, pendingUntil) = provider.evaluate(deltas, batch, left, right);
        used -= gasleft();
    }
}
