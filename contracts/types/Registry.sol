// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {EntityId} from "./Ids.sol";

/// @notice Who decides for a registered entity: now, until lately, and soon.
/// @param board The hash of the board that decides.
/// @param outgoing The hash of the board before it; evidence until `outgoingUntil`.
/// @param next The hash of the board that has been decided on; zero if there is none.
/// @param outgoingUntil The first second at which `outgoing` counts for nothing.
/// @param nextFrom The first second at which `next` may take effect.
/// @param nonce How many decisions the entity has made here.
struct Tenure {
    bytes32 board;
    bytes32 outgoing;
    bytes32 next;
    uint64 outgoingUntil;
    uint64 nextFrom;
    uint64 nonce;
}

/// @notice All that the EntityProvider stores.
/// @param registered The number that was given last.
/// @param tenures By registered entity.
/// @param isChecked Whether a board, by its hash, has been shown to be one that can decide.
/// @param isKey Whether a BLS key, by its id, has shown that somebody possesses it.
/// @param owners The registered entity that has a name.
struct Registry {
    uint64 registered;
    mapping(EntityId entity => Tenure) tenures;
    mapping(bytes32 boardHash => bool) isChecked;
    mapping(bytes32 keyId => bool) isKey;
    mapping(bytes32 name => EntityId) owners;
}
