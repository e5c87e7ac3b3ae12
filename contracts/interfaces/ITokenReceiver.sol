// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title ITokenReceiver
/// @notice What ERC-721 and ERC-1155 call on a contract that they are sent to: each answers its own selector.
/// @dev `data` is `abi.encode(entity)`: whose reserve gets what arrives.
interface ITokenReceiver {
    function onERC721Received(
        address operator,
        address from,
        uint256 id,
        bytes calldata data
    ) external returns (bytes4);

    function onERC1155Received(
        address operator,
        address from,
        uint256 id,
        uint256 amount,
        bytes calldata data
    ) external returns (bytes4);

    function onERC1155BatchReceived(
        address operator,
        address from,
        uint256[] calldata ids,
        uint256[] calldata amounts,
        bytes calldata data
    ) external returns (bytes4);

    function supportsInterface(bytes4 interfaceId) external view returns (bool);
}
