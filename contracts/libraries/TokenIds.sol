// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {TokenId} from "../types/Ids.sol";

/// @title TokenIds
/// @notice How a token is named: ether is 0, an ERC-20 is `1 << 248 | address`.
/// @dev The first byte is the kind; 2 and 3 are kept for ERC-721 and ERC-1155.
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
}
