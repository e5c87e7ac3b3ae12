// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {TestErc721} from "./TestErc721.sol";

/// @title OldCollectible
/// @notice An ERC-721 that answers to an ERC-20's calls too, as the first collections do: `balanceOf` counts
/// collectibles, and `transfer(to, number)` gives away the one with that number.
contract OldCollectible is TestErc721 {
    mapping(address owner => uint256) public balanceOf;

    function transfer(address to, uint256 id) external {
        _move(msg.sender, to, id);
    }

    function mint(address to, uint256 id) public override {
        super.mint(to, id);
        ++balanceOf[to];
    }

    function _move(address from, address to, uint256 id) internal override {
        super._move(from, to, id);
        --balanceOf[from];
        ++balanceOf[to];
    }
}
