// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ITokenReceiver} from "../interfaces/ITokenReceiver.sol";

/// @title TestErc721
/// @notice A well-behaved ERC-721 that anyone can mint.
contract TestErc721 {
    event Transfer(address indexed from, address indexed to, uint256 indexed id);

    error OwnerWrong(address from, address owner);
    error NotApproved(address operator);
    error ReceiverRefused(address to);

    mapping(uint256 id => address) private _owners;
    mapping(address owner => mapping(address operator => bool)) public isApprovedForAll;

    function mint(address to, uint256 id) public virtual {
        require(_owners[id] == address(0), OwnerWrong(address(0), _owners[id]));
        _owners[id] = to;
        emit Transfer(address(0), to, id);
    }

    function setApprovalForAll(address operator, bool approved) external {
        isApprovedForAll[msg.sender][operator] = approved;
    }

    function transferFrom(address from, address to, uint256 id) external {
        _move(from, to, id);
    }

    function safeTransferFrom(address from, address to, uint256 id) external {
        _safeMove(from, to, id, "");
    }

    function safeTransferFrom(address from, address to, uint256 id, bytes calldata data) external {
        _safeMove(from, to, id, data);
    }

    function ownerOf(uint256 id) external view virtual returns (address owner) {
        owner = _owners[id];
        require(owner != address(0), OwnerWrong(address(0), owner));
    }

    function _move(address from, address to, uint256 id) internal virtual {
        address owner = _owners[id];
        require(owner == from && from != address(0), OwnerWrong(from, owner));
        bool isAllowed = msg.sender == from || isApprovedForAll[from][msg.sender];
        require(isAllowed, NotApproved(msg.sender));
        _owners[id] = to;
        emit Transfer(from, to, id);
    }

    function _safeMove(address from, address to, uint256 id, bytes memory data) internal {
        _move(from, to, id);
        if (to.code.length != 0) _tell(from, to, id, data);
    }

    /// @dev The receive hook, which must answer its own selector.
    function _tell(address from, address to, uint256 id, bytes memory data) internal {
        bytes4 answer = ITokenReceiver(to).onERC721Received(msg.sender, from, id, data);
        require(answer == ITokenReceiver.onERC721Received.selector, ReceiverRefused(to));
    }
}
