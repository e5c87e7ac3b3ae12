// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ITokenReceiver} from "../interfaces/ITokenReceiver.sol";

/// @title TestErc1155
/// @notice A well-behaved ERC-1155 that anyone can mint.
contract TestErc1155 {
    error NotApproved(address operator);
    error ReceiverRefused(address to);

    mapping(address owner => mapping(uint256 id => uint256)) internal _balances;
    mapping(address owner => mapping(address operator => bool)) public isApprovedForAll;

    function mint(address to, uint256 id, uint256 amount) external {
        _balances[to][id] += amount;
    }

    function setApprovalForAll(address operator, bool approved) external {
        isApprovedForAll[msg.sender][operator] = approved;
    }

    function safeTransferFrom(
        address from,
        address to,
        uint256 id,
        uint256 amount,
        bytes calldata data
    ) external virtual {
        _move(from, to, id, amount);
        if (to.code.length != 0) _tell(from, to, id, amount, data);
    }

    function safeBatchTransferFrom(
        address from,
        address to,
        uint256[] calldata ids,
        uint256[] calldata amounts,
        bytes calldata data
    ) external {
        for (uint256 i; i < ids.length; ++i) _move(from, to, ids[i], amounts[i]);
        bytes4 answer = ITokenReceiver(to).onERC1155BatchReceived(
            msg.sender,
            from,
            ids,
            amounts,
            data
        );
        require(answer == ITokenReceiver.onERC1155BatchReceived.selector, ReceiverRefused(to));
    }

    function balanceOf(address owner, uint256 id) external view virtual returns (uint256) {
        return _balances[owner][id];
    }

    function _move(address from, address to, uint256 id, uint256 amount) internal virtual {
        bool isAllowed = msg.sender == from || isApprovedForAll[from][msg.sender];
        require(isAllowed, NotApproved(msg.sender));
        _balances[from][id] -= amount;
        _balances[to][id] += amount;
    }

    /// @dev The receive hook, which must answer its own selector.
    function _tell(
        address from,
        address to,
        uint256 id,
        uint256 amount,
        bytes memory data
    ) internal {
        bytes4 answer = ITokenReceiver(to).onERC1155Received(msg.sender, from, id, amount, data);
        require(answer == ITokenReceiver.onERC1155Received.selector, ReceiverRefused(to));
    }
}
