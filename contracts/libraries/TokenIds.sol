// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {TokenId} from "../types/Ids.sol";

/// @title TokenIds
/// @notice How a token is named: ether is 0, an ERC-20 is `1 << 248 | address`, number `id` of an ERC-721 (kind
/// 2) or ERC-1155 (kind 3) is `kind << 248 | keccak256(abi.encode(contract, id)) mod 2^248`.
/// @dev The first byte is the kind. A contract and a number of 256 bits do not fit beside it, so they are
/// hashed, and {IGate.assetOf} tells them.
library TokenIds {
    TokenId internal constant ETHER = TokenId.wrap(0);

    uint256 private constant _ERC20 = 1 << 248;

    function isErc20(TokenId token) internal pure returns (bool) {
        uint256 id = uint256(TokenId.unwrap(token));
        return id >> 160 == _ERC20 >> 160 && id != _ERC20;
    }

    /// @notice The contract of an ERC-20.
    function addressOf(TokenId token) internal pure returns (address) {
        return address(uint160(uint256(TokenId.unwrap(token))));
    }

    /// @notice Whether it lies at the Gate, and not at the Depository.
    function isAtGate(TokenId token) internal pure returns (bool) {
        return uint256(TokenId.unwrap(token)) >> 249 != 0;
    }

    /// @notice The name of number `id` of `collection`.
    /// @param kind 2 or 3.
    function ofAsset(uint8 kind, address collection, uint256 id) internal pure returns (TokenId) {
        uint256 hash = uint256(keccak256(abi.encode(collection, id)));
        return TokenId.wrap(bytes32((uint256(kind) << 248) | (hash & type(uint248).max)));
    }
}
