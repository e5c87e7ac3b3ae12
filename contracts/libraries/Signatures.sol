// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IEntityProvider} from "../interfaces/IEntityProvider.sol";
import {EntityId} from "../types/Ids.sol";
import {Boards} from "./Boards.sol";
import {BoundedCalls} from "./BoundedCalls.sol";
import {CalldataWords} from "./CalldataWords.sol";
import {EcdsaSignature} from "./EcdsaSignature.sol";

/// @title Signatures
/// @notice Whether an entity has signed: asks the {IEntityProvider}, with a stated grant of gas.
/// @dev One case is answered here, because most entities are of this kind and asking costs half as much again:
/// the id of a lazy entity is the hash of its board, for ever, so whether it is that of one address
/// needs no look-up. The two libraries are the provider's own.
library Signatures {
    using CalldataWords for bytes;

    /// @notice What a check of the 65-byte form is granted, or of a caller that is the whole board.
    uint256 internal constant SOLE_GAS = 60_000;

    /// @notice What a check of every other form is granted.
    uint256 internal constant BOARD_GAS = 3_000_000;

    /// @notice Whether `entity` consists of `member` alone.
    function isSole(
        address provider,
        EntityId entity,
        address member
    ) internal view returns (bool) {
        if (_isLazySole(entity, member)) return true;
        bytes memory question = abi.encodeCall(IEntityProvider.isSoleMember, (entity, member));
        (bool ok, uint256 size, uint256 answer, ) = BoundedCalls.read(provider, SOLE_GAS, question);
        return ok && size >= 32 && answer == 1;
    }

    /// @notice Whether `entity` has signed `digest`, for an entity action or a settlement.
    function isValid(
        address provider,
        EntityId entity,
        bytes32 digest,
        bytes calldata signature
    ) internal view returns (bool) {
        if (_isSignedByLazySole(entity, digest, signature)) return true;
        bytes4 selector = IEntityProvider.isValidEntitySignature.selector;
        (uint256 size, uint256 answer, ) = _ask(provider, selector, entity, digest, signature);
        return size >= 32 && answer == 1;
    }

    /// @notice Whether `entity` has signed `digest`, for dispute evidence.
    /// @return valid Whether it counts.
    /// @return outgoing Whether it rests on a board that has been replaced.
    function isProof(
        address provider,
        EntityId entity,
        bytes32 digest,
        bytes calldata signature
    ) internal view returns (bool valid, bool outgoing) {
        if (_isSignedByLazySole(entity, digest, signature)) return (true, false);
        bytes4 selector = IEntityProvider.isValidProofSignature.selector;
        (uint256 size, uint256 first, uint256 second) = _ask(
            provider,
            selector,
            entity,
            digest,
            signature
        );
        valid = size >= 64 && first == 1;
        // Anything but a plain no is a yes: then the proof makes no debt.
        outgoing = second != 0;
    }

    /// @dev Asks one of the two questions about a signature, which differ in nothing but their name.
    /// @return size How many bytes were answered; 0 if the call reverted.
    function _ask(
        address provider,
        bytes4 selector,
        EntityId entity,
        bytes32 digest,
        bytes calldata signature
    ) private view returns (uint256 size, uint256 first, uint256 second) {
        bytes memory question = abi.encodeWithSelector(selector, entity, digest, signature);
        bool ok;
        (ok, size, first, second) = BoundedCalls.read(provider, _grantFor(signature), question);
        if (!ok) size = 0;
    }

    function _isSignedByLazySole(
        EntityId entity,
        bytes32 digest,
        bytes calldata signature
    ) private pure returns (bool) {
        if (signature.length != EcdsaSignature.LENGTH) return false;
        address signer = EcdsaSignature.recover(
            digest,
            signature.word(0),
            signature.word(1),
            uint8(signature[64])
        );
        return signer != address(0) && _isLazySole(entity, signer);
    }

    function _isLazySole(EntityId entity, address member) private pure returns (bool) {
        return EntityId.unwrap(entity) == Boards.hashSole(member);
    }

    function _grantFor(bytes calldata signature) private pure returns (uint256) {
        return signature.length == EcdsaSignature.LENGTH ? SOLE_GAS : BOARD_GAS;
    }
}
