// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title IERC721
/// @notice What the {IGate} needs of an ERC-721.
interface IERC721 {
    function ownerOf(uint256 id) external view returns (address);

    function transferFrom(address from, address to, uint256 id) external;

    function safeTransferFrom(address from, address to, uint256 id) external;
}
