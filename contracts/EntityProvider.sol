// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {EntityId} from "./types/Ids.sol";
import {Board, IEntityProvider} from "./interfaces/IEntityProvider.sol";
import {BoardSignature} from "./libraries/BoardSignature.sol";
import {Boards} from "./libraries/Boards.sol";
import {EcdsaSignature} from "./libraries/EcdsaSignature.sol";
import {Eip712Domain} from "./libraries/Eip712Domain.sol";
import {SignedRoots} from "./libraries/SignedRoots.sol";

/// @title EntityProvider
/// @notice Who an entity is, and whether an entity has signed a digest.
/// @dev Has no owner and calls no other contract.
contract EntityProvider is IEntityProvider, Eip712Domain {
    using SignedRoots for bytes;

    bytes32 private constant _ENTITY_SIGNATURE_TYPEHASH = keccak256(
        "EntitySignature(bytes32 entityId,bytes32 digest)"
    );
    bytes32 private constant _SIGNED_ROOT_TYPEHASH = keccak256(
        "SignedRoot(bytes32 entityId,bytes32 root,bool unanimous)"
    );

    bytes1 private constant _FORM_BOARD = 0x01;
    bytes1 private constant _FORM_ROOT = 0x04;

    uint64 private _registered;
    mapping(EntityId entity => bytes32 boardHash) private _boards;

    constructor() Eip712Domain("XLN EntityProvider") {}

    /// @inheritdoc IEntityProvider
    function register(Board calldata board) external returns (EntityId entity) {
        require(Boards.isValid(board), BoardInvalid());
        entity = EntityId.wrap(bytes32(uint256(++_registered)));
        bytes32 boardHash = Boards.hash(board);
        _boards[entity] = boardHash;
        emit EntityRegistered(entity, boardHash);
    }

    /// @inheritdoc IEntityProvider
    function boardHashOf(EntityId entity) public view returns (bytes32) {
        bytes32 id = EntityId.unwrap(entity);
        // A board whose hash is below 2^64 would take 2^192 attempts to find; it would be a number.
        return uint256(id) <= type(uint64).max ? _boards[entity] : id;
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
    function isSoleMember(EntityId entity, address member) external view returns (bool) {
        return boardHashOf(entity) == Boards.hashSole(member);
    }

    /// @inheritdoc IEntityProvider
    function isValidEntitySignature(
        EntityId entity,
        bytes32 digest,
        bytes calldata signature
    ) external view returns (bool) {
        return _isSigned(entity, digest, signature);
    }

    /// @inheritdoc IEntityProvider
    function isValidProofSignature(
        EntityId entity,
        bytes32 digest,
        bytes calldata signature
    ) external view returns (bool valid, bool outgoing) {
        return (_isSigned(entity, digest, signature), false);
    }

    /// @inheritdoc IEntityProvider
    function domainSeparator() external view returns (bytes32) {
        return _domainSeparator();
    }

    function _isSigned(
        EntityId entity,
        bytes32 digest,
        bytes calldata signature
    ) private view returns (bool) {
        if (!_hasForm(signature, _FORM_ROOT))
            return _isSignedByBoard(entity, digest, signature, false);

        bytes calldata form = signature[1:];
        if (!form.holds(digest)) return false;
        bool unanimous = form.isUnanimous();
        bytes32 rootDigest = _signedRootDigest(entity, form.root(), unanimous);
        // The inner signature cannot be over a root again: that would add nothing but depth.
        return _isSignedByBoard(entity, rootDigest, form.inner(), unanimous);
    }

    /// @dev Whether the board of `entity` has signed `digest`, in one of the forms without a root.
    function _isSignedByBoard(
        EntityId entity,
        bytes32 digest,
        bytes calldata signature,
        bool unanimous
    ) private view returns (bool) {
        if (signature.length == EcdsaSignature.LENGTH)
            return _isSignedBySole(entity, digest, signature);
        if (!_hasForm(signature, _FORM_BOARD)) return false;
        return
            BoardSignature.isSigned(
                signature[1:],
                boardHashOf(entity),
                _entitySignatureDigest(entity, digest),
                unanimous
            );
    }

    /// @dev The board of one is never incomplete, so `unanimous` asks nothing more of it.
    function _isSignedBySole(
        EntityId entity,
        bytes32 digest,
        bytes calldata signature
    ) private view returns (bool) {
        address signer = EcdsaSignature.recover(
            digest,
            uint256(bytes32(signature[0:32])),
            uint256(bytes32(signature[32:64])),
            uint8(signature[64])
        );
        return signer != address(0) && Boards.hashSole(signer) == boardHashOf(entity);
    }

    /// @dev 65 bytes are always the form without a tag, whatever the first one is.
    function _hasForm(bytes calldata signature, bytes1 form) private pure returns (bool) {
        return signature.length > EcdsaSignature.LENGTH && signature[0] == form;
    }

    function _entitySignatureDigest(
        EntityId entity,
        bytes32 digest
    ) private view returns (bytes32) {
        return _typedDigest(keccak256(abi.encode(_ENTITY_SIGNATURE_TYPEHASH, entity, digest)));
    }

    function _signedRootDigest(
        EntityId entity,
        bytes32 root,
        bool unanimous
    ) private view returns (bytes32) {
        return _typedDigest(keccak256(abi.encode(_SIGNED_ROOT_TYPEHASH, entity, root, unanimous)));
    }
}
