// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Shares} from "../../contracts/Shares.sol";
import {
    Batch,
    DisputeFinalise,
    DisputeStart,
    Funding,
    IDepository,
    Proof,
    Settlement,
    TokenDiff,
    TopUp,
    Transfer
} from "../../contracts/interfaces/IDepository.sol";
import {Board, Member, MemberKind} from "../../contracts/interfaces/IEntityProvider.sol";
import {Allotment, IShares, Source} from "../../contracts/interfaces/IShares.sol";
import {Packed} from "../../contracts/mocks/Packed.sol";
import {EntityId, TokenId} from "../../contracts/types/Ids.sol";
import {SharesWorld} from "./support/SharesWorld.sol";
import {Signing} from "./support/Signing.sol";
import {vm} from "./support/Vm.sol";

/// @notice Says that it is another Depository, and sends what was signed for a payment there.
contract FalseDepository {
    IDepository private immutable _REAL;
    uint256 public reserve;
    bool public reached;
    address public gate;

    constructor(IDepository real) {
        _REAL = real;
    }

    function setGate(address gate_) external {
        gate = gate_;
    }

    function setReserve(uint256 reserve_) external {
        reserve = reserve_;
    }

    function domainSeparator() external view returns (bytes32) {
        return _REAL.domainSeparator();
    }

    function reserveOf(EntityId, TokenId) external view returns (uint256) {
        return reserve;
    }

    function batchNonce(EntityId entity) external view returns (uint64) {
        return _REAL.batchNonce(entity);
    }

    function processBatch(
        EntityId entity,
        bytes calldata batch,
        uint64 nonce,
        uint64 validUntil,
        bytes calldata signature
    ) external {
        try _REAL.processBatch(entity, batch, nonce, validUntil, signature) {
            reached = true;
        } catch {
            // What was tried is all that it can do.
            reached = false;
        }
    }
}

/// @notice Holds shares of its own, and takes their dividend at the real Depository while it is paid by itself.
contract ReenteringDepository {
    Shares private immutable _SHARES;
    Source private _real;
    EntityId private immutable _HOME;
    uint256 public taken;

    constructor(Shares shares, Source memory real, EntityId home) {
        (_SHARES, _real, _HOME) = (shares, real, home);
    }

    function reserveOf(EntityId, TokenId) external pure returns (uint256) {
        return 1_000;
    }

    function batchNonce(EntityId) external pure returns (uint64) {
        return 0;
    }

    function processBatch(EntityId, bytes calldata, uint64, uint64, bytes calldata) external {
        taken += _SHARES.takeDividend(_real, address(this), _HOME, type(uint256).max);
    }

    function onERC1155Received(
        address,
        address,
        uint256,
        uint256,
        bytes calldata
    ) external pure returns (bytes4) {
        return this.onERC1155Received.selector;
    }
}

/// @notice The reserves that dividends wait in: nothing gets stuck there, and nobody but holders gets any of it.
contract SharesPotsTest is SharesWorld {
    uint128 private constant _MOST = type(uint128).max;

    function setUp() public {
        _createShares();
    }

    // ─── Nothing gets stuck ─────────────────────────────────────────────────────────────────────

    /// @dev What came before anybody held shares waits until somebody did.
    function test_whatCameBeforeTheIssue_isSharedAfterIt() public {
        EntityId entity = provider.register(_board(0));
        vm.expectRevert(abi.encodeWithSelector(IShares.NoShares.selector, entity));
        shares.potOf(entity);
        Source memory source = Source(entity, address(depository), tokenId);
        EntityId early = _potWithNumber(uint64(uint256(EntityId.unwrap(entity))));
        token.mint(address(this), 9);
        depository.deposit(early, tokenId, 9);
        vm.expectRevert(abi.encodeWithSelector(IShares.NoShares.selector, entity));
        shares.reportDividend(source);
        _issue(entity, _one(Allotment(ann, 1, 3)));
        assert(shares.potOf(entity) == early);
        assert(shares.reportDividend(source) == 0);
        _wait(1);
        assert(shares.reportDividend(source) == 9);
        EntityId home = _homeOf(ann);
        vm.prank(ann);
        assert(shares.takeDividend(source, ann, home, ALL_CHANGES) == 9);
    }

    function test_aDividend_paidIntoThePotItself_isSharedAgain() public {
        _share(100);
        vm.prank(ann);
        assert(shares.takeDividend(_source(), ann, pot, ALL_CHANGES) == 50);
        assert(depository.reserveOf(pot, tokenId) == 100);
        _wait(1);
        assert(_take(ann) == 25 && _take(bob) == 45 && _take(cid) == 30);
        assert(depository.reserveOf(pot, tokenId) == 0);
    }

    /// @dev Shares in the custody of a Depository: anybody can let their part flow back, to all who hold.
    function test_thePartOfADepository_flowsBack() public {
        EntityId entity = provider.register(_board(0));
        Allotment[] memory allotments = new Allotment[](2);
        // A Depository that takes shares: here one without code, which is not asked.
        address custody = address(0xde90);
        (allotments[0], allotments[1]) = (Allotment(ann, 1, 1), Allotment(custody, 1, 1));
        _issue(entity, allotments);
        Source memory source = Source(entity, custody, tokenId);
        FalseDepository made = new FalseDepository(depository);
        vm.etch(custody, address(made).code);
        FalseDepository(custody).setReserve(100);
        _wait(1);
        EntityId itsPot = shares.potOf(entity);
        EntityId home = _homeOf(ann);
        vm.prank(bob);
        assert(shares.takeDividend(source, custody, itsPot, ALL_CHANGES) == 50);
        vm.prank(ann);
        assert(shares.takeDividend(source, ann, home, ALL_CHANGES) == 75);
        vm.expectRevert(abi.encodeWithSelector(IShares.NotTheHolder.selector, custody));
        vm.prank(bob);
        shares.takeDividend(source, custody, home, ALL_CHANGES);
    }

    /// @dev What a Depository does not hold itself, but at a contract beside it.
    function test_thePartOfADepositorysGate_flowsBack() public {
        FalseDepository made = new FalseDepository(depository);
        Source memory source = Source(company, address(made), tokenId);
        made.setReserve(100);
        bytes memory refusal = abi.encodeWithSelector(IShares.NotTheHolder.selector, ann);
        vm.expectRevert(refusal);
        vm.prank(bob);
        shares.takeDividend(source, ann, pot, ALL_CHANGES);
        made.setGate(ann);
        vm.prank(bob);
        assert(shares.takeDividend(source, ann, pot, ALL_CHANGES) == 50);
        EntityId home = _homeOf(bob);
        vm.expectRevert(refusal);
        vm.prank(bob);
        shares.takeDividend(source, ann, home, ALL_CHANGES);
        // It speaks for itself, not for another Depository.
        _share(100);
        vm.expectRevert(refusal);
        vm.prank(bob);
        shares.takeDividend(_source(), ann, pot, ALL_CHANGES);
    }

    /// @dev A worthless token, of which anybody mints as much as he likes: what is beyond the limit does not count, and
    /// stops neither transfers nor other tokens.
    function test_moreUnitsThanCount_stopNothing() public {
        _wait(1);
        token.mint(address(this), type(uint248).max);
        depository.deposit(pot, tokenId, uint256(_MOST) - 1);
        assert(shares.reportDividend(_source()) == _MOST - 1);
        _wait(1);
        depository.deposit(pot, tokenId, uint256(_MOST) * 3);
        assert(shares.reportDividend(_source()) == _MOST);
        assert(shares.reportDividend(_source()) == _MOST);
        _give(ann, bob, dividendId, 5);
        uint256 sum = _take(ann) + _take(bob) + _take(cid);
        assert(sum <= _MOST && sum > _MOST - 3);
    }

    function test_takeDividend_toAFullReserve_reverts_andKeepsWhatIsEarned() public {
        token.mint(address(this), type(uint248).max);
        depository.deposit(_homeOf(bob), tokenId, type(uint248).max);
        _share(100);
        (EntityId full, EntityId home) = (_homeOf(bob), _homeOf(ann));
        bytes memory refusal = abi.encodeWithSelector(
            IDepository.BatchItemFailed.selector,
            0,
            IDepository.AmountTooLarge.selector
        );
        vm.expectRevert(refusal);
        vm.prank(ann);
        shares.takeDividend(_source(), ann, full, ALL_CHANGES);
        vm.prank(ann);
        assert(shares.takeDividend(_source(), ann, home, ALL_CHANGES) == 50);
    }

    // ─── Nobody else has a way to the pot ───────────────────────────────────────────────────────

    function test_thePot_isALazyEntity_ofThisContract_alone() public {
        uint64 number = uint64(uint256(EntityId.unwrap(company)));
        assert(pot == _potWithNumber(number));
        EntityId other = provider.register(_board(0));
        _issue(other, _allotments());
        assert(shares.potOf(other) == _potWithNumber(number + 1) && shares.potOf(other) != pot);
        assert(!provider.isSoleMember(pot, address(shares)));
    }

    /// @dev Even that of the first entity, whose board has threshold and weight 1, is not its contract's sole entity.
    function test_thePotOfTheFirstEntity_isNotASoleEntity() public view {
        assert(_potWithNumber(1) != provider.soleEntity(address(shares)));
    }

    function test_nobody_spendsTheReserveOfAPot() public {
        _share(100);
        Batch memory batch;
        batch.transfers = new Transfer[](1);
        batch.transfers[0] = Transfer(tokenId, _homeOf(bob), 50);
        bytes memory data = Packed.batch(batch);
        bytes[] memory slots = new bytes[](1);
        uint64 number = uint64(uint256(EntityId.unwrap(company)));
        bytes memory shown = Signing.boardForm(_potBoard(number), 1, slots);
        vm.expectRevert();
        depository.processBatch(pot, data, 0, uint64(block.timestamp), shown);
        vm.expectRevert();
        vm.prank(vm.addr(keys[0]));
        depository.processBatch(pot, data, 0, uint64(block.timestamp), shown);
        vm.expectRevert();
        vm.prank(address(shares));
        depository.processBatch(pot, data, 0, uint64(block.timestamp), "");
        assert(!provider.isValidEntitySignature(pot, "digest", shown));
        assert(shares.isValidSignature(0, "") == bytes4(0xffffffff));
    }

    /// @dev What was signed for a payment is worth nothing when it is over.
    function test_thePayment_isSigned_onlyWhileItIsMade() public {
        _share(100);
        bytes32 digest = _paymentDigest(address(depository), 50, 0);
        _take(ann);
        assert(shares.isValidSignature(digest, "") == bytes4(0xffffffff));
    }

    function test_aFalseDepository_cannotHaveAPaymentSigned_thatCountsAtAnother() public {
        _share(100);
        FalseDepository made = new FalseDepository(depository);
        made.setReserve(100);
        EntityId home = _homeOf(ann);
        vm.prank(ann);
        uint256 amount = shares.takeDividend(
            Source(company, address(made), tokenId),
            ann,
            home,
            ALL_CHANGES
        );
        assert(amount == 50 && !made.reached());
        assert(depository.reserveOf(pot, tokenId) == 100 && _tookHome(ann) == 0);
        assert(_take(ann) == 50);
    }

    /// @dev It gets what is its own, and nothing else; and what it was called for is not signed any more.
    function test_aDepository_thatReenters_takesWhatIsItsOwn() public {
        EntityId home = _homeOf(bob);
        ReenteringDepository made = new ReenteringDepository(shares, _source(), home);
        _give(cid, address(made), dividendId, 1);
        _share(100);
        vm.prank(ann);
        shares.takeDividend(Source(company, address(made), tokenId), ann, home, ALL_CHANGES);
        assert(made.taken() == 10 && _tookHome(bob) == 10);
        assert(_take(ann) == 50 && _take(bob) == 30 && _take(cid) == 10);
    }

    function test_aDepository_thatSaysLessThanBefore_changesNothing() public {
        FalseDepository made = new FalseDepository(depository);
        Source memory source = Source(company, address(made), tokenId);
        made.setReserve(100);
        assert(shares.reportDividend(source) == 100);
        made.setReserve(40);
        assert(shares.reportDividend(source) == 100);
        made.setReserve(110);
        assert(shares.reportDividend(source) == 110);
    }

    /// @dev A stranger can put collateral into a channel with the pot and dispute it: that is a gift, no debt.
    function test_aChannelWithAPot_canOnlyGiveToIt() public {
        _share(100);
        _deposit(stranger, 30);
        Batch memory batch;
        batch.fundings = new Funding[](1);
        batch.fundings[0] = Funding(tokenId, pot, new TopUp[](1));
        batch.fundings[0].topUps[0] = TopUp(stranger.id, 30);
        Proof memory empty;
        batch.starts = new DisputeStart[](1);
        batch.starts[0] = DisputeStart(pot, 0, empty, "");
        _runWhole(stranger, batch);
        vm.warp(block.timestamp + 8 days);
        (EntityId low, EntityId high) = stranger.id < pot ? (stranger.id, pot) : (pot, stranger.id);
        DisputeFinalise memory item;
        (item.left, item.right) = (low, high);
        item.leftTokens = new TokenId[](0);
        depository.finalise(item);
        (, , uint256 debt) = depository.debtsOf(pot, tokenId);
        assert(debt == 0 && depository.reserveOf(pot, tokenId) >= 100);
        assert(_take(ann) >= 50);
    }

    function test_thePot_signsNoProof_andNoSettlement() public {
        _share(100);
        bytes[] memory slots = new bytes[](1);
        uint64 number = uint64(uint256(EntityId.unwrap(company)));
        bytes memory shown = Signing.boardForm(_potBoard(number), 1, slots);
        (bool valid, ) = provider.isValidProofSignature(pot, "digest", shown);
        assert(!valid);
        Batch memory batch;
        batch.settlements = new Settlement[](1);
        batch.settlements[0].peer = pot;
        batch.settlements[0].newNonce = 1;
        batch.settlements[0].deadline = uint64(block.timestamp);
        batch.settlements[0].diffs = new TokenDiff[](1);
        bool isLeft = stranger.id < pot;
        int256 gain = isLeft ? int256(100) : int256(-100);
        batch.settlements[0].diffs[0] = TokenDiff(tokenId, gain, -gain, 0, 0);
        batch.settlements[0].peerSignature = shown;
        _runSkipping(stranger, batch, 0, IDepository.SignatureInvalid.selector);
    }

    // ─── Helpers ────────────────────────────────────────────────────────────────────────────────

    function _potBoard(uint64 number) private view returns (Board memory board) {
        board = Board(number, new Member[](1));
        bytes32 id = bytes32(uint256(uint160(address(shares))));
        board.members[0] = Member(MemberKind.Contract, id, number);
    }

    function _potWithNumber(uint64 number) private view returns (EntityId) {
        return Signing.lazyId(_potBoard(number));
    }

    function _paymentDigest(
        address place,
        uint256 amount,
        uint64 nonce
    ) private view returns (bytes32) {
        Batch memory batch;
        batch.atomic = true;
        batch.transfers = new Transfer[](1);
        batch.transfers[0] = Transfer(tokenId, _homeOf(ann), amount);
        bytes32 typehash = keccak256(
            "Batch(bytes32 entity,bytes batch,uint64 nonce,uint64 validUntil)"
        );
        bytes32 hash = keccak256(
            abi.encode(
                typehash,
                pot,
                keccak256(Packed.batch(batch)),
                nonce,
                uint64(block.timestamp)
            )
        );
        bytes32 digest = keccak256(
            abi.encodePacked(hex"1901", IDepository(place).domainSeparator(), hash)
        );
        return Signing.entityDigest(provider.domainSeparator(), pot, digest);
    }
}
