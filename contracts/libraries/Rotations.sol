// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IEntityProvider} from "../interfaces/IEntityProvider.sol";
import {EntityId} from "../types/Ids.sol";
import {Registry, Tenure} from "../types/Registry.sol";
import {Limits} from "./Limits.sol";

/// @title Rotations
/// @notice Who decides for registered entities, and how one board follows another.
library Rotations {
    /// @notice How long everybody can see a new board coming.
    uint64 internal constant DELAY = 2 days;

    /// @notice How long the outgoing board stays good for evidence: twice the longest dispute window.
    uint64 internal constant GRACE = 2 * uint64(Limits.WINDOW_MAX);

    /// @notice Gives the next number to an entity with this board.
    function register(
        Registry storage registry,
        bytes32 boardHash
    ) internal returns (EntityId entity) {
        entity = EntityId.wrap(bytes32(uint256(++registry.registered)));
        registry.tenures[entity].board = boardHash;
        emit IEntityProvider.EntityRegistered(entity, boardHash);
    }

    /// @notice Uses up the entity's next nonce.
    function useNonce(Registry storage registry, EntityId entity, uint64 nonce) internal {
        Tenure storage tenure = registry.tenures[entity];
        require(tenure.board != 0, IEntityProvider.NotRegistered(entity));
        require(tenure.nonce == nonce, IEntityProvider.NonceWrong(nonce, tenure.nonce));
        tenure.nonce = nonce + 1;
    }

    /// @notice Notes the board that is to follow; zero takes back what was decided before.
    function decide(Registry storage registry, EntityId entity, bytes32 boardHash) internal {
        Tenure storage tenure = registry.tenures[entity];
        require(
            boardHash == 0 || (registry.isChecked[boardHash] && boardHash != tenure.board),
            IEntityProvider.BoardInvalid()
        );
        uint64 from = boardHash == 0 ? 0 : uint64(block.timestamp) + DELAY;
        (tenure.next, tenure.nextFrom) = (boardHash, from);
        emit IEntityProvider.BoardDecided(entity, boardHash, from, tenure.nonce);
    }

    /// @notice Lets the board take over that has been decided on: by the shareholders, if they have, or by the
    /// board in office.
    /// @dev Not while an earlier one is in its grace: of two outgoing boards one would be forgotten. What the
    /// board in office decided never goes before what its shareholders did, and is forgotten with it.
    /// @param elected The board that the shareholders have decided on; zero: none.
    /// @param electedFrom The first second at which it may take over.
    function activate(
        Registry storage registry,
        EntityId entity,
        bytes32 elected,
        uint64 electedFrom
    ) internal {
        Tenure storage tenure = registry.tenures[entity];
        (bytes32 next, uint64 from) = elected != 0
            ? (elected, electedFrom)
            : (tenure.next, tenure.nextFrom);
        require(next != 0, IEntityProvider.NothingDecided(entity));
        if (from < tenure.outgoingUntil) from = tenure.outgoingUntil;
        require(block.timestamp >= from, IEntityProvider.TooEarly(from));

        uint64 until = uint64(block.timestamp) + GRACE;
        bytes32 outgoing = tenure.board;
        (tenure.outgoing, tenure.outgoingUntil) = (outgoing, until);
        (tenure.board, tenure.next, tenure.nextFrom) = (next, 0, 0);
        emit IEntityProvider.BoardReplaced(entity, next, outgoing, until);
    }
}
