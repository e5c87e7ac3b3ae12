// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title IERC1155Receiver
/// @notice A contract that takes tokens of an {IERC1155}: it answers with the selector of what was called.
interface IERC1155Receiver {
    function onERC1155Received(
        address operator,
        address from,
        uint256 id,
        uint256 value,
        bytes calldata data
    ) external returns (bytes4);

    function onERC1155BatchReceived(
        address operator,
        address from,
        uint256[] calldata ids,
        uint256[] calldata values,
        bytes calldata data
    ) external returns (bytes4);
}
