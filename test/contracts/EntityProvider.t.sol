// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {EntityProvider} from "../../contracts/EntityProvider.sol";
import {
    Board,
    IEntityProvider,
    Member,
    MemberKind
} from "../../contracts/interfaces/IEntityProvider.sol";
import {EntityId} from "../../contracts/types/Ids.sol";
import {Signing} from "./support/Signing.sol";
import {vm} from "./support/Vm.sol";

/// @notice Who an entity is: board hashes, numbers, and which boards can decide.
contract EntityProviderTest {
    EntityProvider private provider = new EntityProvider();

    function testFuzz_hashBoard_isTheStatedHash(uint64 threshold, uint256 seed) public view {
        Board memory board = Signing.board(Signing.keys(seed, seed % 6), threshold);
        assert(provider.hashBoard(board) == keccak256(abi.encode(uint8(1), board)));
    }

    function testFuzz_soleEntity_isTheLazyEntityOfItsBoard(address member) public view {
        Board memory board = Board(1, new Member[](1));
        board.members[0] = Signing.seat(member, 1);
        assert(provider.soleEntity(member) == EntityId.wrap(provider.hashBoard(board)));
    }

    function testFuzz_isSoleMember_isTrue_ofTheOneMemberOnly(
        address member,
        address other
    ) public view {
        vm.assume(member != other);
        EntityId entity = provider.soleEntity(member);
        assert(provider.isSoleMember(entity, member));
        assert(!provider.isSoleMember(entity, other));
    }

    function test_isSoleMember_isTrue_ofARegisteredBoardOfOne() public {
        uint256[] memory keys = Signing.keys(1, 1);
        EntityId entity = provider.register(Signing.board(keys, 1));
        assert(provider.isSoleMember(entity, vm.addr(keys[0])));
    }

    function test_isSoleMember_isFalse_ofEveryMember_whenThereAreTwo() public {
        uint256[] memory keys = Signing.keys(1, 2);
        EntityId entity = provider.register(Signing.board(keys, 1));
        assert(!provider.isSoleMember(entity, vm.addr(keys[0])));
        assert(!provider.isSoleMember(entity, vm.addr(keys[1])));
    }

    function testFuzz_boardHashOf_isTheIdItself_ofALazyEntity(bytes32 id) public view {
        vm.assume(uint256(id) > type(uint64).max);
        assert(provider.boardHashOf(EntityId.wrap(id)) == id);
    }

    function testFuzz_boardHashOf_isZero_ofANumberNotRegistered(uint64 number) public view {
        assert(provider.boardHashOf(EntityId.wrap(bytes32(uint256(number)))) == 0);
    }

    function test_register_givesNumbersFromOne() public {
        Board memory board = Signing.board(Signing.keys(1, 2), 2);
        for (uint256 number = 1; number <= 3; ++number) {
            EntityId entity = provider.register(board);
            assert(entity == EntityId.wrap(bytes32(number)));
            assert(provider.boardHashOf(entity) == provider.hashBoard(board));
        }
    }

    /// @dev A small world: up to 3 seats, ids that grow by 0…3, weights 0…3, so that every rule is
    /// broken often.
    function testFuzz_register_accepts_exactlyTheBoardsThatCanDecide(
        uint8 count,
        uint8[3] memory steps,
        uint8[3] memory weights,
        uint8 threshold
    ) public {
        Board memory board = Board(threshold % 8, new Member[](count % 4));
        bool ascending = true;
        bool weighty = true;
        uint256 total;
        uint160 id;
        for (uint256 i; i < board.members.length; ++i) {
            board.members[i] = Signing.seat(address(id += steps[i] % 4), weights[i] % 4);
            uint256 previous = i == 0 ? 0 : uint256(board.members[i - 1].id);
            ascending = ascending && uint256(board.members[i].id) > previous;
            weighty = weighty && board.members[i].weight > 0;
            total += board.members[i].weight;
        }
        bool decides =
            board.members.length > 0 &&
                ascending &&
                weighty &&
                board.threshold > 0 &&
                board.threshold <= total;
        assert(_registers(board) == decides);
    }

    function test_register_accepts_whenThereAreThirtyTwoMembers() public {
        assert(_registers(_crowd(32)));
    }

    function test_register_reverts_whenThereAreThirtyThreeMembers() public {
        assert(!_registers(_crowd(33)));
    }

    function test_register_accepts_whenTheThresholdIsTheWholeOfTheLargestWeights() public {
        Board memory board = _crowd(2);
        board.members[0].weight = type(uint64).max - 1;
        board.threshold = type(uint64).max;
        assert(_registers(board));
    }

    function testFuzz_register_accepts_membersOfEveryKind(uint8 kind, bytes32 id) public {
        vm.assume(id != 0);
        Board memory board = _crowd(1);
        board.members[0].kind = MemberKind(kind % 4);
        bool isAddress = kind % 4 == 0 || kind % 4 == 3;
        board.members[0].id = isAddress ? (id >> 96) | bytes32(uint256(1)) : id;
        assert(_registers(board));
    }

    function test_register_reverts_whenAnAddressSitsAlsoAsTheContractThere() public {
        Board memory board = _crowd(2);
        board.members[1] = board.members[0];
        board.members[1].kind = MemberKind.Contract;
        assert(!_registers(board));
    }

    function testFuzz_register_reverts_whenAnIdIsNoAddress(uint96 above) public {
        vm.assume(above != 0);
        Board memory board = _crowd(1);
        board.members[0].id |= bytes32(uint256(above) << 160);
        assert(!_registers(board));
    }

    function _registers(Board memory board) private returns (bool) {
        try provider.register(board) returns (EntityId) {
            return true;
        } catch (bytes memory reason) {
            assert(bytes4(reason) == IEntityProvider.BoardInvalid.selector);
            return false;
        }
    }

    /// @dev Members 1, 2, 3 … of weight 1, any one of whom decides.
    function _crowd(uint160 count) private pure returns (Board memory board) {
        board = Board(1, new Member[](count));
        for (uint160 i; i < count; ++i) board.members[i] = Signing.seat(address(i + 1), 1);
    }
}
