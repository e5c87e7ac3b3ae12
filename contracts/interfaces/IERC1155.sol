// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title IERC1155
/// @notice Several kinds of tokens in one contract, as the standard has it, with ERC-165, the extension for
/// metadata, and the errors of ERC-6093.
interface IERC1155 {
    event TransferSingle(
        address indexed operator,
        address indexed from,
        address indexed to,
        uint256 id,
        uint256 value
    );

    event TransferBatch(
        address indexed operator,
        address indexed from,
        address indexed to,
        uint256[] ids,
        uint256[] values
    );

    event ApprovalForAll(address indexed account, address indexed operator, bool approved);

    error ERC1155InsufficientBalance(
        address sender,
        uint256 balance,
        uint256 needed,
        uint256 tokenId
    );
    error ERC1155InvalidReceiver(address receiver);
    error ERC1155MissingApprovalForAll(address operator, address owner);
    error ERC1155InvalidArrayLength(uint256 idsLength, uint256 valuesLength);

    /// @notice Gives `value` of `id` to `to`; a contract there must answer that it takes them.
    function safeTransferFrom(
        address from,
        address to,
        uint256 id,
        uint256 value,
        bytes calldata data
    ) external;

    /// @notice The same for several ids at once.
    function safeBatchTransferFrom(
        address from,
        address to,
        uint256[] calldata ids,
        uint256[] calldata values,
        bytes calldata data
    ) external;

    /// @notice Lets `operator` give away all that the caller has, or no longer.
    function setApprovalForAll(address operator, bool approved) external;

    function balanceOf(address account, uint256 id) external view returns (uint256);

    function balanceOfBatch(
        address[] calldata accounts,
        uint256[] calldata ids
    ) external view returns (uint256[] memory);

    function isApprovedForAll(address account, address operator) external view returns (bool);

    /// @notice Where what `id` is stands as JSON.
    function uri(uint256 id) external view returns (string memory);

    function supportsInterface(bytes4 interfaceId) external view returns (bool);
}
