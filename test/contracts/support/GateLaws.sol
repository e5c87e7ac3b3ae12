// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Asset, TokenKind} from "../../../contracts/interfaces/IGate.sol";
import {EntityId, TokenId} from "../../../contracts/types/Ids.sol";
import {GateHandler} from "./GateHandler.sol";

/// @title GateLaws
/// @notice What must be true of a Gate between any two calls, for every token of the world. Each check answers with
/// the breach in words, or with nothing.
contract GateLaws is GateHandler {
    /// @notice What is promised in reserves and channels is what the Gate counts, and it has it.
    /// @dev Nobody takes from it without its word in this world, so what it has may only be more: strays.
    function conservation() public view returns (string memory breach) {
        for (uint256 i; i < 16; ++i) {
            TokenId id = tokenAt(i);
            uint256 held = gate.assetOf(id).held;
            if (promised(id) != held) return "what is promised is not what is counted";
            if (_holding(i) < held) return "the Gate holds less than it has promised";
        }
    }

    /// @notice A collection is known under one kind alone, and no ERC-721 more than once.
    function oneKind() public view returns (string memory breach) {
        address[4] memory all = [address(art), address(coins), address(trick), address(single)];
        for (uint256 i; i < 4; ++i) {
            for (uint256 id; id < 4; ++id) {
                Asset memory one = gate.assetOf(_asset(2, all[i], id));
                Asset memory many = gate.assetOf(_asset(3, all[i], id));
                if (one.held > 1) return "an ERC-721 is there twice";
                if (one.collection != address(0) && many.collection != address(0)) {
                    return "a collection has two kinds";
                }
                if (one.held != 0 && gate.kindOf(all[i]) != TokenKind.Erc721) {
                    return "a collection has lost its kind";
                }
            }
        }
    }

    /// @notice No arrival has been left open: the lock is free between two calls.
    function lockIsFree() public returns (string memory breach) {
        token.mint(address(this), 1);
        try depository.deposit(stranger.id, tokenId, 1) {} catch {
            return "the lock is held";
        }
    }

    /// @notice All reserves and collaterals of one token.
    function promised(TokenId id) public view returns (uint256 sum) {
        EntityId[3] memory all = [left.id, right.id, stranger.id];
        for (uint256 i; i < 3; ++i) {
            sum += depository.reserveOf(all[i], id);
            for (uint256 j = i + 1; j < 3; ++j) {
                (EntityId a, EntityId b) = all[i] < all[j] ? (all[i], all[j]) : (all[j], all[i]);
                sum += depository.collateralOf(a, b, id).collateral;
            }
        }
    }

    function _holding(uint256 index) private view returns (uint256) {
        (uint256 collection, uint256 id) = (index / 4, index % 4);
        if (collection == 0) return art.ownerOf(id) == address(gate) ? 1 : 0;
        if (collection == 1) return coins.balanceOf(address(gate), id);
        return (collection == 2 ? trick : single).holdings(address(gate), id);
    }
}
