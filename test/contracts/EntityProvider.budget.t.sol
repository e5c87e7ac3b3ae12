// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {EntityProvider} from "../../contracts/EntityProvider.sol";
import {Board, Member, MemberKind} from "../../contracts/interfaces/IEntityProvider.sol";
import {Signatures} from "../../contracts/libraries/Signatures.sol";
import {Mood, MoodyMember} from "../../contracts/mocks/MoodyMember.sol";
import {EntityId} from "../../contracts/types/Ids.sol";
import {Signing} from "./support/Signing.sol";

/// @notice What an entity's whole signature may cost: 3 million gas, granted in full.
contract EntityProviderBudgetTest {
    EntityProvider private provider = new EntityProvider();

    /// @dev Each burns 95,000 of its 100,000, so that only a full grant lets the last one answer.
    function test_aSignature_of28GreedyContracts_fitsIntoItsGrant_and32DoNot() public {
        for (uint256 count = 28; count <= 32; count += 4) {
            (EntityId entity, bytes memory signature) = _crowd(count);
            assert(this.isValid(entity, signature) == (count == 28));
        }
    }

    function isValid(EntityId entity, bytes calldata signature) external view returns (bool) {
        return Signatures.isValid(address(provider), entity, "digest", signature);
    }

    function _crowd(uint256 count) private returns (EntityId, bytes memory) {
        Board memory board = Board(uint64(count), new Member[](count));
        for (uint256 i; i < count; ++i) {
            uint256 id = uint160(address(new MoodyMember(Mood.SpendJustEnough)));
            uint256 place = i;
            for (; place > 0 && uint256(board.members[place - 1].id) > id; --place) {
                board.members[place] = board.members[place - 1];
            }
            board.members[place] = Member(MemberKind.Contract, bytes32(id), 1);
        }
        EntityId entity = Signing.lazyId(board);
        return (entity, Signing.boardForm(board, 2 ** count - 1, new bytes[](count)));
    }
}
