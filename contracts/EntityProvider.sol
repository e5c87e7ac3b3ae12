// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {EntityId} from "./types/Ids.sol";
import {Registry, Tenure} from "./types/Registry.sol";
import {Shares} from "./Shares.sol";
import {Board, IEntityProvider} from "./interfaces/IEntityProvider.sol";
import {BlsBoards} from "./libraries/BlsBoards.sol";
import {Boards} from "./libraries/Boards.sol";
import {Eip712Domain} from "./libraries/Eip712Domain.sol";
import {EntitySignatures} from "./libraries/EntitySignatures.sol";
import {Names} from "./libraries/Names.sol";
import {Rotations} from "./libraries/Rotations.sol";

/// @title EntityProvider
/// @notice Who an entity is, and whether an entity has signed a digest.
/// @dev Has no owner. Calls no other contract but {Shares}, which it creates, and, statically, the members
/// that are contracts, and the chain's own precompiles.
contract EntityProvider is IEntityProvider, Eip712Domain {
    bytes32 private constant _BOARD_REPLACEMENT_TYPEHASH = keccak256(
        "BoardReplacement(bytes32 entityId,bytes32 boardHash,uint64 nonce)"
    );
    bytes32 private constant _NAME_CLAIM_TYPEHASH = keccak256(
        "NameClaim(bytes32 entityId,bytes32 name,uint64 nonce)"
    );
    bytes32 private constant _NAME_TRANSFER_TYPEHASH = keccak256(
        "NameTransfer(bytes32 entityId,bytes32 name,bytes32 to,uint64 nonce)"
    );

    Shares private immutable _SHARES = new Shares();

    Registry private _registry;

    constructor() Eip712Domain("XLN EntityProvider") {}

    // ─── Boards and keys ────────────────────────────────────────────────────────────────────────

    /// @inheritdoc IEntityProvider
    function register(Board calldata board) external returns (EntityId) {
        return Rotations.register(_registry, _hashOfValid(board));
    }

    /// @inheritdoc IEntityProvider
    function registerChecked(bytes32 boardHash) external returns (EntityId) {
        require(_registry.isChecked[boardHash], BoardInvalid());
        return Rotations.register(_registry, boardHash);
    }

    /// @inheritdoc IEntityProvider
    function checkBoard(Board calldata board) external returns (bytes32 boardHash) {
        boardHash = _hashOfValid(board);
        _registry.isChecked[boardHash] = true;
        emit BoardChecked(boardHash);
    }

    /// @inheritdoc IEntityProvider
    function registerKey(bytes calldata key, bytes calldata proof) external returns (bytes32) {
        return BlsBoards.register(_registry, key, proof);
    }

    /// @inheritdoc IEntityProvider
    function checkKeys(uint64 threshold, bytes calldata members) external returns (bytes32) {
        return BlsBoards.check(_registry, threshold, members);
    }

    // ─── Decisions of registered entities ───────────────────────────────────────────────────────

    /// @inheritdoc IEntityProvider
    function replaceBoard(
        EntityId entity,
        bytes32 boardHash,
        uint64 nonce,
        bytes calldata signature
    ) external {
        bytes32 typehash = _BOARD_REPLACEMENT_TYPEHASH;
        _authorise(entity, nonce, abi.encode(typehash, entity, boardHash, nonce), signature);
        Rotations.decide(_registry, entity, boardHash);
    }

    /// @inheritdoc IEntityProvider
    function activateBoard(EntityId entity) external {
        (bytes32 elected, uint64 from) = _SHARES.conclude(entity);
        Rotations.activate(_registry, entity, elected, from);
    }

    /// @inheritdoc IEntityProvider
    function claimName(
        EntityId entity,
        bytes32 name,
        uint64 nonce,
        bytes calldata signature
    ) external {
        _authorise(entity, nonce, abi.encode(_NAME_CLAIM_TYPEHASH, entity, name, nonce), signature);
        require(Names.isValid(name), NameInvalid(name));
        EntityId owner = _registry.owners[name];
        require(EntityId.unwrap(owner) == 0, NameTaken(name, owner));
        _registry.owners[name] = entity;
        emit NameOwned(name, entity, nonce + 1);
    }

    /// @inheritdoc IEntityProvider
    function transferName(
        EntityId entity,
        bytes32 name,
        EntityId to,
        uint64 nonce,
        bytes calldata signature
    ) external {
        bytes32 typehash = _NAME_TRANSFER_TYPEHASH;
        _authorise(entity, nonce, abi.encode(typehash, entity, name, to, nonce), signature);
        EntityId owner = _registry.owners[name];
        require(owner == entity, NameTaken(name, owner));
        require(_registry.tenures[to].board != 0, NotRegistered(to));
        _registry.owners[name] = to;
        emit NameOwned(name, to, nonce + 1);
    }

    // ─── Views ──────────────────────────────────────────────────────────────────────────────────

    /// @inheritdoc IEntityProvider
    function boardHashOf(EntityId entity) public view returns (bytes32) {
        bytes32 id = EntityId.unwrap(entity);
        // A board whose hash is below 2^64 would take 2^192 attempts to find; it would be a number.
        return uint256(id) <= type(uint64).max ? _registry.tenures[entity].board : id;
    }

    /// @inheritdoc IEntityProvider
    function tenureOf(EntityId entity) external view returns (Tenure memory) {
        return _registry.tenures[entity];
    }

    /// @inheritdoc IEntityProvider
    function ownerOf(bytes32 name) external view returns (EntityId) {
        return _registry.owners[name];
    }

    /// @inheritdoc IEntityProvider
    function isBoardChecked(bytes32 boardHash) external view returns (bool) {
        return _registry.isChecked[boardHash];
    }

    /// @inheritdoc IEntityProvider
    function isKeyRegistered(bytes32 keyId) external view returns (bool) {
        return _registry.isKey[keyId];
    }

    /// @inheritdoc IEntityProvider
    function hashBoard(Board calldata board) external pure returns (bytes32) {
        return Boards.hash(board);
    }

    /// @inheritdoc IEntityProvider
    function soleEntity(address member) external pure returns (EntityId) {
        return EntityId.wrap(Boards.hashSole(member));
    }

    /// @inheritdoc IEntityProvider
    function isSoleMember(EntityId entity, address member) public view returns (bool) {
        return boardHashOf(entity) == Boards.hashSole(member);
    }

    /// @inheritdoc IEntityProvider
    function isValidEntitySignature(
        EntityId entity,
        bytes32 digest,
        bytes calldata signature
    ) public view returns (bool signed) {
        bytes32 domain = _domainSeparator();
        (signed, ) = EntitySignatures.judge(_registry, domain, entity, digest, signature, false);
    }

    /// @inheritdoc IEntityProvider
    function isValidProofSignature(
        EntityId entity,
        bytes32 digest,
        bytes calldata signature
    ) external view returns (bool valid, bool outgoing) {
        bytes32 domain = _domainSeparator();
        return EntitySignatures.judge(_registry, domain, entity, digest, signature, true);
    }

    /// @inheritdoc IEntityProvider
    function shares() external view returns (address) {
        return address(_SHARES);
    }

    /// @inheritdoc IEntityProvider
    function domainSeparator() external view returns (bytes32) {
        return _domainSeparator();
    }

    // ─── Internal ───────────────────────────────────────────────────────────────────────────────

    /// @dev Uses up the nonce, and reverts unless the entity's board has signed the struct, or is the
    /// caller, who then needs no signature.
    function _authorise(
        EntityId entity,
        uint64 nonce,
        bytes memory encoded,
        bytes calldata signature
    ) private {
        bytes32 digest = _typedDigest(keccak256(encoded));
        bool isDecided =
            signature.length == 0
                ? isSoleMember(entity, msg.sender)
                : isValidEntitySignature(entity, digest, signature);
        require(isDecided, SignatureInvalid(entity, digest));
        Rotations.useNonce(_registry, entity, nonce);
    }

    function _hashOfValid(Board calldata board) private pure returns (bytes32) {
        require(Boards.isValid(board), BoardInvalid());
        return Boards.hash(board);
    }
}
