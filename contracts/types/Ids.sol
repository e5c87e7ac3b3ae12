// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @notice Who owns reserves and channels: the hash of a board (a lazy entity), or a number below
/// 2^64, left-padded (a registered one).
type EntityId is bytes32;

/// @notice A token by kind, contract and number in it. Ether is 0, an ERC-20 `1 << 248 | address`. See {TokenIds}.
type TokenId is bytes32;

/// @notice The relation of two entities: `keccak256(abi.encode(left, right))`, left the smaller id.
type ChannelKey is bytes32;

using {eqEntity as ==, neqEntity as !=, ltEntity as <} for EntityId global;
using {eqToken as ==, neqToken as !=, ltToken as <} for TokenId global;

function eqEntity(EntityId a, EntityId b) pure returns (bool) {
    return EntityId.unwrap(a) == EntityId.unwrap(b);
}

function neqEntity(EntityId a, EntityId b) pure returns (bool) {
    return EntityId.unwrap(a) != EntityId.unwrap(b);
}

function ltEntity(EntityId a, EntityId b) pure returns (bool) {
    return EntityId.unwrap(a) < EntityId.unwrap(b);
}

function eqToken(TokenId a, TokenId b) pure returns (bool) {
    return TokenId.unwrap(a) == TokenId.unwrap(b);
}

function neqToken(TokenId a, TokenId b) pure returns (bool) {
    return TokenId.unwrap(a) != TokenId.unwrap(b);
}

function ltToken(TokenId a, TokenId b) pure returns (bool) {
    return TokenId.unwrap(a) < TokenId.unwrap(b);
}
