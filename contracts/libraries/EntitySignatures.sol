// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {MemberKind} from "../interfaces/IEntityProvider.sol";
import {EntityId} from "../types/Ids.sol";
import {Registry, Tenure} from "../types/Registry.sol";
import {BlsBoardForm} from "./BlsBoardForm.sol";
import {BlsSignature} from "./BlsSignature.sol";
import {BoardForm, Walk} from "./BoardForm.sol";
import {Boards} from "./Boards.sol";
import {ContractSignature} from "./ContractSignature.sol";
import {EcdsaSignature} from "./EcdsaSignature.sol";
import {SignedRoots} from "./SignedRoots.sol";

/// @notice One question to the provider, from the outermost entity down to the last key.
/// @param domain The EIP-712 domain separator of the provider.
/// @param outermost The entity that is asked about.
/// @param evidence Whether only what cannot be taken back counts.
/// @param outgoing Whether anything so far rests on a board that has been replaced.
/// @param count How many entities stand in `counted`.
/// @param counted The outermost entity and all that were nested in it; allocated by the first of these.
struct Inquiry {
    bytes32 domain;
    EntityId outermost;
    bool evidence;
    bool outgoing;
    uint256 count;
    EntityId[] counted;
}

/// @notice What one entity is said to have signed.
/// @param unanimous Whether no member may be absent, here and below.
/// @param depth How many boards stand above this one.
struct Claim {
    EntityId entity;
    bytes32 digest;
    bool unanimous;
    uint256 depth;
}

/// @title EntitySignatures
/// @notice Judges an entity's signature in every form, with those of the entities that sit on its board.
/// @dev Works from the keys upwards: an entity has signed only when keys have, so no two entities can
/// vouch for each other. Whoever is shown must be right: one wrong signature makes the whole worthless.
library EntitySignatures {
    using BoardForm for Walk;
    using SignedRoots for bytes;

    /// @notice How many boards may stand above each other, the outermost included.
    uint256 internal constant DEPTH_MAX = 4;

    /// @notice How many entities one signature may name, the outermost included.
    uint256 internal constant ENTITIES_MAX = 16;

    bytes1 private constant _FORM_BOARD = 0x01;
    bytes1 private constant _FORM_BLS = 0x02;
    bytes1 private constant _FORM_ROOT = 0x04;

    bytes32 private constant _ENTITY_SIGNATURE_TYPEHASH = keccak256(
        "EntitySignature(bytes32 entityId,bytes32 digest)"
    );
    bytes32 private constant _SIGNED_ROOT_TYPEHASH = keccak256(
        "SignedRoot(bytes32 entityId,bytes32 root,bool unanimous)"
    );

    /// @notice Whether `entity` has signed `digest`.
    /// @return signed Whether it counts.
    /// @return outgoing Whether it rests on a board that has been replaced, at any depth.
    function judge(
        Registry storage registry,
        bytes32 domain,
        EntityId entity,
        bytes32 digest,
        bytes calldata signature,
        bool evidence
    ) internal view returns (bool signed, bool outgoing) {
        Inquiry memory inquiry;
        (inquiry.domain, inquiry.outermost, inquiry.evidence) = (domain, entity, evidence);
        signed = _isSigned(registry, inquiry, Claim(entity, digest, false, 0), signature);
        outgoing = signed && inquiry.outgoing;
    }

    /// @notice What the members of the board of `entity` sign when it signs `digest`.
    function entityDigest(
        bytes32 domain,
        EntityId entity,
        bytes32 digest
    ) internal pure returns (bytes32) {
        return _typed(domain, keccak256(abi.encode(_ENTITY_SIGNATURE_TYPEHASH, entity, digest)));
    }

    function _isSigned(
        Registry storage registry,
        Inquiry memory inquiry,
        Claim memory claim,
        bytes calldata signature
    ) private view returns (bool) {
        if (!_hasForm(signature, _FORM_ROOT)) {
            // The digest of a nested entity does not name it: 65 bytes would count for every such seat.
            if (claim.depth != 0 && signature.length == EcdsaSignature.LENGTH) return false;
            return _isSignedByBoard(registry, inquiry, claim, signature);
        }

        bytes calldata form = signature[1:];
        if (!form.holds(claim.digest)) return false;
        bool unanimous = form.isUnanimous();
        claim.digest = _rootDigest(inquiry.domain, claim.entity, form.root(), unanimous);
        // An inner root cannot take back what an outer one asks for.
        claim.unanimous = claim.unanimous || unanimous;
        // The inner signature cannot be over a root again: that would add nothing but depth.
        return _isSignedByBoard(registry, inquiry, claim, form.inner());
    }

    /// @dev Whether the entity's board has signed, in one of the forms without a root.
    function _isSignedByBoard(
        Registry storage registry,
        Inquiry memory inquiry,
        Claim memory claim,
        bytes calldata signature
    ) private view returns (bool) {
        if (signature.length == EcdsaSignature.LENGTH) {
            return _isSignedBySole(registry, inquiry, claim, signature);
        }
        if (_hasForm(signature, _FORM_BOARD)) {
            return _isSignedByListed(registry, inquiry, claim, signature[1:]);
        }
        if (_hasForm(signature, _FORM_BLS)) {
            return _isSignedByKeys(registry, inquiry, claim, signature[1:]);
        }
        return false;
    }

    /// @dev The board of one is never incomplete, so `unanimous` asks nothing more of it.
    function _isSignedBySole(
        Registry storage registry,
        Inquiry memory inquiry,
        Claim memory claim,
        bytes calldata signature
    ) private view returns (bool) {
        address signer = EcdsaSignature.recover(
            claim.digest,
            BoardForm.wordAt(signature, 0),
            BoardForm.wordAt(signature, 32),
            uint8(signature[64])
        );
        return
            signer != address(0) &&
            _decides(registry, inquiry, claim.entity, Boards.hashSole(signer));
    }

    function _isSignedByKeys(
        Registry storage registry,
        Inquiry memory inquiry,
        Claim memory claim,
        bytes calldata form
    ) private view returns (bool) {
        bytes32 digest = entityDigest(inquiry.domain, claim.entity, claim.digest);
        (bool signed, bytes32 boardHash) = BlsBoardForm.judge(form, digest, claim.unanimous);
        return
            signed &&
            registry.isChecked[boardHash] &&
            _decides(registry, inquiry, claim.entity, boardHash);
    }

    function _isSignedByListed(
        Registry storage registry,
        Inquiry memory inquiry,
        Claim memory claim,
        bytes calldata form
    ) private view returns (bool) {
        (uint256 threshold, uint256 members, uint256 bitmap) = BoardForm.head(form);
        if (members > Boards.MEMBERS_MAX || bitmap >> members != 0 || threshold == 0) return false;
        if (claim.unanimous && bitmap + 1 != 1 << members) return false;

        claim.digest = entityDigest(inquiry.domain, claim.entity, claim.digest);
        Walk memory walk = BoardForm.begin(threshold, members, bitmap);
        if (!_isWalked(registry, inquiry, claim, form, walk)) return false;
        // A signed weight that reaches the threshold shows that the total does, too.
        return
            walk.place == form.length &&
            walk.signed >= threshold &&
            _decides(registry, inquiry, claim.entity, walk.hash());
    }

    /// @dev Reads all members. False if one may not sit there, or has not signed where he is said to.
    function _isWalked(
        Registry storage registry,
        Inquiry memory inquiry,
        Claim memory claim,
        bytes calldata form,
        Walk memory walk
    ) private view returns (bool) {
        while (walk.takeAddresses(form, claim.digest)) {
            if (walk.members == 0) return true;
            if (!walk.next(form)) return false;
            if (walk.bitmap & 1 == 1) {
                if (!_isSignedByMember(registry, inquiry, claim, form, walk)) return false;
                walk.signed += walk.weight;
            }
            walk.bitmap >>= 1;
            --walk.members;
        }
        return false;
    }

    /// @dev Whether the member that `walk` has come to, who is no address, has signed the claim's digest, in
    /// the bytes that follow.
    function _isSignedByMember(
        Registry storage registry,
        Inquiry memory inquiry,
        Claim memory claim,
        bytes calldata form,
        Walk memory walk
    ) private view returns (bool) {
        if (walk.kind == uint256(MemberKind.BlsKey)) {
            (bool isWhole, bytes calldata part) = walk.take(form, BlsSignature.LONE_LENGTH);
            return
                isWhole &&
                registry.isKey[bytes32(walk.id)] &&
                BlsSignature.isSignedAlone(bytes32(walk.id), claim.digest, part);
        }
        (bool isInside, bytes calldata own) = walk.takeCounted(form);
        if (!isInside) return false;
        if (walk.kind == uint256(MemberKind.Entity)) {
            return _isSignedByNested(registry, inquiry, claim, bytes32(walk.id), own);
        }
        return
            !inquiry.evidence &&
            ContractSignature.isSigned(address(uint160(walk.id)), claim.digest, own);
    }

    /// @dev A nested entity signs, in its turn, what the members of the board above it sign.
    function _isSignedByNested(
        Registry storage registry,
        Inquiry memory inquiry,
        Claim memory above,
        bytes32 id,
        bytes calldata signature
    ) private view returns (bool) {
        EntityId entity = EntityId.wrap(id);
        uint256 depth = above.depth + 1;
        if (depth == DEPTH_MAX || !_countOnce(inquiry, entity)) return false;
        Claim memory claim = Claim(entity, above.digest, above.unanimous, depth);
        return _isSigned(registry, inquiry, claim, signature);
    }

    /// @dev Notes that `entity` counts, unless it has counted already or is one too many.
    function _countOnce(Inquiry memory inquiry, EntityId entity) private pure returns (bool) {
        if (inquiry.count == 0) {
            inquiry.counted = new EntityId[](ENTITIES_MAX);
            inquiry.counted[0] = inquiry.outermost;
            inquiry.count = 1;
        }
        uint256 count = inquiry.count;
        if (count == ENTITIES_MAX) return false;
        for (uint256 i; i < count; ++i) if (inquiry.counted[i] == entity) return false;
        inquiry.counted[count] = entity;
        inquiry.count = count + 1;
        return true;
    }

    /// @dev Whether the board with this hash decides for `entity`, or, where evidence is asked for, did so
    /// lately.
    function _decides(
        Registry storage registry,
        Inquiry memory inquiry,
        EntityId entity,
        bytes32 boardHash
    ) private view returns (bool) {
        uint256 id = uint256(EntityId.unwrap(entity));
        if (id > type(uint64).max) return id == uint256(boardHash);
        Tenure storage tenure = registry.tenures[entity];
        if (tenure.board == boardHash) return true;
        if (
            !inquiry.evidence ||
            tenure.outgoing != boardHash ||
            block.timestamp >= tenure.outgoingUntil
        ) return false;
        inquiry.outgoing = true;
        return true;
    }

    /// @dev 65 bytes are always the form without a tag, whatever the first one is.
    function _hasForm(bytes calldata signature, bytes1 form) private pure returns (bool) {
        return
            signature.length != EcdsaSignature.LENGTH &&
            signature.length != 0 &&
            signature[0] == form;
    }

    function _rootDigest(
        bytes32 domain,
        EntityId entity,
        bytes32 root,
        bool unanimous
    ) private pure returns (bytes32) {
        bytes32 typehash = _SIGNED_ROOT_TYPEHASH;
        return _typed(domain, keccak256(abi.encode(typehash, entity, root, unanimous)));
    }

    function _typed(bytes32 domain, bytes32 structHash) private pure returns (bytes32) {
        return keccak256(abi.encodePacked(hex"1901", domain, structHash));
    }
}
